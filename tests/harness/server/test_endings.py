"""How a socket ends, as a plain client sees it: the kind of ending, and exactly the bytes promised before it."""

import time

import pytest

from ssedrill_faults.plan import AwaitConsumed, Fin, HalfClose, Reset, Silence, Wait, Write
from support.drillserver import Script, bytes_of, drill, event, head, healthy
from support.rawclient import GET, ask, connect, listen, silence

PARTIAL = (head(), event(1), event(2), Write(b"b\r\ndata: a", event(3).role))


@pytest.mark.parametrize("round_", range(20))
def test_reset_after_exactly_the_bytes_promised(round_):
    """The client gets every byte before the reset, then ECONNRESET."""
    heard, journal = drill(Script((*PARTIAL, AwaitConsumed(), Reset(fault="reset"))), ask, settle_s=0)
    assert (heard.data, heard.ending) == (bytes_of(PARTIAL), "reset")
    attempt = journal.attempts[0]
    assert attempt.consumed == len(bytes_of(PARTIAL))
    assert [played.read for played in attempt.played] == [True] * 6
    assert attempt.done_t == attempt.played[-1].t
    assert (journal.connections[0].closed_by, journal.connections[0].how) == ("server", "reset")


def test_reset_before_a_byte():
    """A plan may consist of a reset alone."""
    heard, _ = drill(Script((Reset(),)), ask)
    assert (heard.data, heard.ending) == (b"", "reset")


@pytest.mark.parametrize("round_", range(20))
def test_fin_after_exactly_the_bytes_promised(round_):
    """The client gets every byte before the FIN, then an orderly end, and the journal knows that they were read."""
    heard, journal = drill(Script((*PARTIAL, Fin())), ask, settle_s=0.02)
    assert (heard.data, heard.ending) == (bytes_of(PARTIAL), "eof")
    assert [played.read for played in journal.attempts[0].played] == [True] * 5
    assert (journal.connections[0].closed_by, journal.connections[0].how) == ("server", "fin")


def test_fin_delivers_what_the_kernel_did_not_take_at_once():
    """A FIN after 32 MB, more than any buffers hold, comes after 32 MB."""
    ops = (head(), *[Write(b"y" * 65536, event(1).role)] * 512, Fin())
    heard, journal = drill(Script(ops), ask)
    assert (len(heard.data), heard.ending) == (len(bytes_of(ops)), "eof")
    assert not all(played.taken for played in journal.attempts[0].played)


def test_after_a_half_close_the_client_can_still_send():
    """The client sees the end and what it sends afterwards arrives without an error."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            heard = listen(sock)
            for _ in range(20):
                sock.sendall(b"still here")
                time.sleep(0.001)
            return heard

    heard, journal = drill(Script((*PARTIAL, HalfClose())), client)
    assert (heard.data, heard.ending) == (bytes_of(PARTIAL), "eof")
    assert journal.connections[0].late_bytes == 200
    assert journal.connections[0].closed_by == "client"
    assert journal.attempts[0].left == "eof"


def test_silence_lasts_until_the_client_leaves():
    """Nothing more comes, the socket stays open, and the client's leaving is seen when it leaves."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            heard = listen(sock, enough=len(bytes_of(PARTIAL)))
            more = silence(sock, 0.3)
        return heard, more, ask(port)

    (heard, more, _), journal = drill(Script((*PARTIAL, Silence(fault="stall")), (*healthy(), Fin())), client)
    assert (heard.data, more.data, more.ending) == (bytes_of(PARTIAL), b"", "timeout")
    attempt, later = journal.attempts
    assert attempt.left == "eof"
    assert attempt.done_t + 0.3 <= attempt.left_t < later.played[-1].t
    assert attempt.played[-1].read is True


def test_silence_ends_with_the_drill():
    """A client that never leaves does not keep the server from stopping."""
    kept = []

    def client(port):
        sock = connect(port)
        kept.append(sock)
        sock.sendall(GET)
        return listen(sock, enough=len(bytes_of(PARTIAL)))

    _, journal = drill(Script((*PARTIAL, Silence())), client)
    kept[0].close()
    assert journal.connections[0].how == "drill-end"
    assert journal.attempts[0].left is None


def test_pauses_are_kept():
    """No pause is shorter than it was planned, for the client and in the journal; in virtual time they are exact."""
    ops = (head(), event(1), Wait(0.2, fault="delay"), event(2), Fin())
    began = time.monotonic()
    heard, journal = drill(Script(ops), ask, started=began)
    played = journal.attempts[0].played
    assert played[3].t - played[2].t >= 0.2
    assert began + played[2].t + 0.2 <= heard.times[-1] + 1e-6  # the journal's times are rounded
    assert heard.data == bytes_of(ops)


def test_many_streams_on_a_crowded_loop_keep_their_endings():
    """Fifty plans at once each end as their own plan says."""
    from concurrent.futures import ThreadPoolExecutor

    answers = [(*healthy(), AwaitConsumed(), ending) for ending in (Fin(), Reset()) * 25]

    def client(port):
        with ThreadPoolExecutor(50) as pool:
            return list(pool.map(ask, [port] * 50))

    heard, journal = drill(Script(*answers), client, max_requests=100)
    assert {one.data for one in heard} == {bytes_of(healthy())}
    assert sorted(one.ending for one in heard) == ["eof"] * 25 + ["reset"] * 25
    assert [attempt.number for attempt in journal.attempts] == list(range(1, 51))
