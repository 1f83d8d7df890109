"""One fragment is one recv()."""

import pytest
import requests

from ssedrill.server.kernel.kernel_consumption import Pause
from ssedrill.server.kernel.sock_diag import works
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import AwaitConsumed, Fin, Persistence, Role, Write
from ssedrill_faults.wire.fragment import FragmentFault
from support.drillserver import Script, drill, head
from support.rawclient import ask
from support.voice import plan_of, small_answer

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


CHUNKED = (FragmentFault(size=7), FragmentFault(at=Mark.UTF8), FragmentFault(at=Mark.JSON))


@pytest.mark.skipif(not works(), reason="this kernel does not tell what a peer has read")
@pytest.mark.parametrize("fault", CHUNKED, ids=["size", "utf8", "json"])
def test_each_fragment_of_a_chunked_body_is_a_chunk(fault):
    """A raw socket sees one chunk in each recv(); a reader of whole chunks gets the same pieces of content."""
    plan = plan_of(small_answer(3, persistence=Persistence.CLOSE), fault)
    writes = [op for op in plan.ops if isinstance(op, Write)]

    def client(port):
        return ask(port).pieces, read_by_chunks(f"http://127.0.0.1:{port}/")

    (pieces, chunks), _ = drill(Script(plan.ops), client, max_requests=10)
    fragments = [op.data for op in writes if op.fault == "fragment"]
    assert len(fragments) > 3
    assert [piece for piece in pieces if piece in fragments] == fragments
    assert chunks == [op.content for op in writes if op.role not in (Role.HEAD, Role.END)]
    assert b"".join(chunks) == b"".join(frame.data for frame in small_answer(3).frames)


def read_by_chunks(url):
    """Return the chunks that requests gives a client that asks for them as they come."""
    with requests.get(url, stream=True, timeout=10) as answer:
        return list(answer.iter_content(chunk_size=None))
