"""What a client can meet before its request is read."""

import asyncio
import socket
import time
from functools import partial

import httpx
import pytest

from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.load import load_text
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill as run
from ssedrill.server.kernel.refusal import SEEN_BY_HOOK, SEEN_BY_KERNEL, RefusalWitness
from ssedrill_faults.plan import AwaitConsumed, CloseOnAccept, Fin, Mute, Refuse, Reset
from support.drillserver import Script, bytes_of, drill, healthy
from support.patience import HANG_S
from support.rawclient import GET, ask, connect, listen, silence

GOOD = (*healthy(), Fin())
SHUT_S = 1.0
"""Long enough for a client on a busy machine to knock in vain at least once."""
SCENARIO = """
name = "doors"
about = "A door that is shut for a while."
dialects = ["eventsource"]
patience = "1 s"
deadline = "10 s"
[stream]
tokens = 3
every = "5 ms"
"""


def knock(port):
    """Ask again and again until an answer comes; return how each went."""
    endings = []
    while True:
        heard = ask(port)
        endings.append(heard.ending)
        if heard.data:
            return endings
        time.sleep(0.01)


def knocked(*attempts):
    """Return the attempts of a client that knocks every 10 ms until it is served, in virtual time."""

    async def client(target):
        async with httpx.AsyncClient(timeout=target.patience_s) as http:
            while True:
                try:
                    answer = await http.get(target.url)
                except httpx.HTTPError:
                    await asyncio.sleep(0.01)
                else:
                    yield answer.text
                    return

    rules = "".join(f"[[attempt]]\nfaults = [{{ {fault} }}]\n" for fault in attempts)
    drilled = load_text(f"{SCENARIO}{rules}[[attempt]]\n[must]\noutcome = ['clean']\n", "doors.toml")
    record = run(Job(drilled, Client("knocks", InProcess(client), ("eventsource",)), "eventsource"), clock="virtual")
    assert record.clock == "virtual"
    return record.wire.attempts


def test_a_door_is_shut_for_exactly_its_time():
    """In virtual time it opens when it should, and not before: the next knock after that is served."""
    refused, served = knocked("refuse = { for = '200 ms' }")
    assert (refused.t, refused.done_t) == (0.0, 0.2)
    assert served.t == pytest.approx(0.2, abs=0.0101)


def test_a_refusal_in_between_begins_and_ends_on_time():
    """In virtual time it begins at the end of the attempt before it."""
    first, refused, served = knocked("reset = { before = 'headers' }", "refuse = { for = '150 ms' }")
    assert refused.t == first.done_t
    assert refused.done_t == pytest.approx(first.done_t + 0.15, abs=1e-6)
    assert served.t == pytest.approx(first.done_t + 0.15, abs=0.0101)


def test_two_refusals_follow_each_other_on_time():
    """In virtual time the second begins where the first ends."""
    first, second, served = knocked(*["refuse = { for = '100 ms' }"] * 2)
    assert [first.done_t, second.t, second.done_t] == [0.1, 0.1, 0.2]
    assert served.t == pytest.approx(0.2, abs=0.0101)


def test_refused_then_up_on_the_same_port():
    """Connects fail with ECONNREFUSED for the time given, then the next attempt is served on the same port."""
    endings, journal = drill(Script(GOOD, doors={1: Refuse(SHUT_S)}), knock)
    assert set(endings[:-1]) == {"refused"}
    assert endings[-1] == "eof"
    refused, served = journal.attempts
    assert (refused.number, refused.kind, refused.conn, refused.evidence) == (1, "door", 0, SEEN_BY_HOOK)
    assert refused.plan.faults == refused.plan.breaking == ("refuse",)
    assert SHUT_S <= refused.done_t <= served.t
    assert (served.number, served.kind, served.conn) == (2, "stream", 1)


def test_nobody_knocked_while_it_was_shut():
    """Without a knock there is no evidence."""
    _, journal = drill(Script(GOOD, doors={1: Refuse(0.05)}), lambda port: time.sleep(0.3))
    assert journal.attempts[0].evidence == ""


def test_a_client_that_starts_slowly_is_refused_all_the_same():
    """The time of a refusal at the beginning counts from the client's first knock, if that comes late."""

    def client(port):
        time.sleep(2 * SHUT_S)
        return knock(port)

    endings, journal = drill(Script(GOOD, doors={1: Refuse(SHUT_S)}), client)
    assert endings[0] == "refused"
    assert endings[-1] == "eof"
    assert journal.attempts[0].evidence == SEEN_BY_HOOK
    assert journal.attempts[0].done_t >= 3 * SHUT_S


def test_an_outage_in_between_waits_for_nobody():
    """A client that has come once and is away for longer than the outage has missed it, and finds the server up.

    The server has closed the first connection itself, so that the kernel keeps its end of it for a minute.
    """

    def client(port):
        return ask(port), time.sleep(1.0), ask(port)

    (first, _, second), journal = drill(Script(GOOD, doors={2: Refuse(0.05)}), client)
    assert first.data
    assert second.data
    assert [(attempt.kind, attempt.evidence) for attempt in journal.attempts] == [
        ("stream", ""),
        ("door", ""),
        ("stream", ""),
    ]


def test_a_program_is_seen_by_the_kernel():
    """A connect from another process leaves its trace in the kernel's counters."""
    import subprocess
    import sys

    code = "import socket,sys; print(socket.socket().connect_ex(('127.0.0.1', int(sys.argv[1]))))"

    def client(port):
        return subprocess.run([sys.executable, "-c", code, str(port)], capture_output=True, check=True).stdout

    witness = partial(RefusalWitness, kernel=True)
    _, journal = drill(Script(GOOD, doors={1: Refuse(HANG_S)}), client, witness=witness)
    assert journal.attempts[0].evidence == SEEN_BY_KERNEL


def test_a_refusal_begins_when_the_attempt_before_it_has_ended():
    """Between attempt one and three the port is shut for the time given."""

    def client(port):
        return ask(port), knock(port)

    script = Script((*healthy(), AwaitConsumed(), Reset()), (), GOOD, doors={2: Refuse(SHUT_S)})
    (first, endings), journal = drill(script, client)
    assert first.ending == "reset"
    assert endings[0] == "refused"
    assert [attempt.kind for attempt in journal.attempts] == ["stream", "door", "stream"]
    before, refused, served = journal.attempts
    assert before.done_t <= refused.t <= refused.done_t - SHUT_S + 1e-5
    assert refused.done_t <= served.t


def test_two_refusals_in_a_row():
    """Each has its own attempt, one after the other."""
    _, journal = drill(Script(GOOD, doors={1: Refuse(0.1), 2: Refuse(0.1)}), knock)
    assert [(a.number, a.kind) for a in journal.attempts] == [(1, "door"), (2, "door"), (3, "stream")]
    assert 0.1 <= journal.attempts[1].t <= journal.attempts[1].done_t - 0.1 + 1e-5
    assert journal.attempts[1].done_t <= journal.attempts[2].t


def test_a_refusal_closes_idle_connections():
    """A server that is down has no open connections either."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            return listen(sock), ask(port).ending

    (heard, after), journal = drill(Script(healthy(), doors={2: Refuse(HANG_S)}), client)
    assert (heard.data, heard.ending) == (bytes_of(healthy()), "eof")
    assert after == "refused"
    assert journal.connections[0].closed_by == "server"


def test_a_shut_port_is_not_given_away():
    """While the door is shut nobody else can bind the port."""

    def client(port):
        with socket.socket() as other:
            return other.connect_ex(("127.0.0.1", port)), _can_bind(port)

    (_, could), _ = drill(Script(GOOD, doors={1: Refuse(HANG_S)}), client)
    assert not could


def _can_bind(port):
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@pytest.mark.parametrize(("reset", "ending"), [(True, "reset"), (False, "eof")])
@pytest.mark.parametrize("round_", range(10))
def test_closed_on_accept(reset, ending, round_):
    """The connection ends before the request is read, in the way asked for; the next one is served."""
    (first, second), journal = drill(
        Script(GOOD, doors={1: CloseOnAccept(reset)}), lambda port: (ask(port), ask(port)), settle_s=0
    )
    assert (first.data, first.ending) == (b"", ending)
    assert second.data == bytes_of(healthy())
    door, served = journal.attempts
    assert (door.kind, door.number, served.number) == ("door", 1, 2)
    assert door.evidence
    assert journal.connections[0].how == ("reset" if reset else "fin")


def test_mute_accepts_and_says_nothing():
    """A connect succeeds, a request is taken, no answer comes, and the client's leaving is seen when it leaves."""
    (first, second), journal = drill(
        Script(GOOD, doors={1: Mute()}), lambda port: (ask(port, timeout=0.3), ask(port))
    )
    assert (first.data, first.ending) == (b"", "timeout")
    assert second.data == bytes_of(healthy())
    assert journal.attempts[0].left == "eof"
    # The client counts from its connect, which may be seen later than it was made, but not before the run began.
    assert 0.3 <= journal.attempts[0].left_t < journal.attempts[1].played[-1].t


def test_mute_does_not_read():
    """A client that sends more than the kernels hold gets stuck."""

    def client(port):
        with connect(port, timeout=0.3) as sock, pytest.raises(TimeoutError):
            sock.sendall(b"x" * 50_000_000)

    drill(Script(GOOD, doors={1: Mute()}), client)


@pytest.mark.parametrize(
    ("door", "ending"),
    [(CloseOnAccept(True), "reset"), (CloseOnAccept(False), "eof"), (Mute(), "timeout")],
)
def test_doors_act_on_a_reused_connection_when_the_request_has_come(door, ending):
    """A kept-alive connection meets the door of its second attempt."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            first = listen(sock, enough=len(bytes_of(healthy())))
            sock.sendall(GET)
            return first, silence(sock, 0.5) if ending == "timeout" else listen(sock)

    (first, second), journal = drill(Script(healthy(), doors={2: door}), client)
    assert first.data == bytes_of(healthy())
    assert (second.data, second.ending) == (b"", ending)
    late = journal.attempts[1]
    assert (late.kind, late.method, late.conn, late.played) == ("door", "GET", 1, [])
