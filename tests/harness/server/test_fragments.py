"""One fragment is one recv()."""

import pytest

from ssedrill.server.kernel.consumption import Pause
from ssedrill.server.kernel.sock_diag import works
from ssedrill_faults.plan import AwaitConsumed, Fin, Role, Write
from support.drillserver import Script, drill, head
from support.rawclient import ask

BODY = b"data: \xf0\x9f\x9a\x92 one byte at a time\r\n\r\n"
FRAGMENTS = [head().data, *(BODY[i : i + 1] for i in range(len(BODY)))]
OPS = (*(op for data in FRAGMENTS for op in (Write(data, Role.BODY), AwaitConsumed())), Fin())


@pytest.mark.skipif(not works(), reason="this kernel does not tell what a peer has read")
def test_each_fragment_is_one_recv_200_times_in_a_row():
    """The client's recv()s are the plan's segments, one for one, every time."""

    def client(port):
        return [ask(port).pieces for _ in range(200)]

    heard, journal = drill(Script(OPS), client, max_requests=1000)
    assert heard == [FRAGMENTS] * 200
    assert {attempt.consumed_by for attempt in journal.attempts} == {"sock_diag"}


def test_a_pause_is_the_fallback_and_says_so():
    """Without the kernel's help every byte still comes, and the journal says how fragments were kept apart."""
    heard, journal = drill(Script(OPS), ask, consumption=Pause())
    assert heard.data == b"".join(FRAGMENTS)
    attempt = journal.attempts[0]
    assert attempt.consumed_by == "pause"
    gaps = [attempt.played[i + 2].t - attempt.played[i].t for i in range(0, len(FRAGMENTS) * 2 - 2, 2)]
    assert min(gaps) >= 0.003
