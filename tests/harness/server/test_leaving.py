"""Clients that leave early: the journal says when, how, and what they had read."""

import socket
import struct
import sys
import time

import pytest

from ssedrill.server.kernel.kernel_consumption import Pause
from ssedrill.server.kernel.sock_diag import works
from ssedrill_faults.plan import Silence, Wait, Write
from support.drillserver import Script, drill, event, head
from support.rawclient import GET, connect, listen, wait_for_unread

STEADY = (head(), *(op for n in range(1, 101) for op in (event(n), Wait(0.01))))
TEN_AND_A_PAUSE = (head(), *(op for n in range(1, 11) for op in (event(n), Wait(0.01))), Wait(3600.0), *STEADY[21:])
KERNEL_TELLS = pytest.mark.skipif(not works(), reason="this kernel does not tell what a peer has read")


@KERNEL_TELLS
def test_leaving_after_reading_everything():
    """An orderly close stops the player at once, and all that was written counts as read."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            while b"a10." not in sock.recv(65536):
                pass

    _, journal = drill(Script(TEN_AND_A_PAUSE), client)
    attempt = journal.attempts[0]
    assert attempt.left == "eof"
    assert attempt.done_t is None
    assert attempt.played[-1].t <= attempt.left_t
    assert len(attempt.played) in (21, 22)  # it may leave before the pause or the wait ahead of it has begun
    assert all(played.read for played in attempt.played)
    assert (journal.connections[0].closed_by, journal.connections[0].how) == ("client", "eof")


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not say what was confirmed")
def test_an_orderly_end_tells_without_the_kernel():
    """If the client's half can't be asked (it is in a container), its orderly end says what it had read."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            listen(sock, enough=len(head().data))

    _, journal = drill(Script((head(), Silence())), client, consumption=Pause())
    attempt = journal.attempts[0]
    assert (attempt.left, attempt.consumed, attempt.consumed_by) == ("eof", len(head().data), "eof")


@KERNEL_TELLS
def test_leaving_after_reading_half():
    """Only what the client's program took out of its kernel counts as read."""
    half = len(head().data) + sum(len(event(n).data) for n in range(1, 11))
    ops = (head(), *(event(n) for n in range(1, 21)), Silence())

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            heard = listen(sock, enough=half, size=1)
            wait_for_unread(sock, half - len(head().data))
            time.sleep(1.0)  # what has lain there for a while counts as left unread
            return heard

    _, journal = drill(Script(ops), client)
    attempt = journal.attempts[0]
    assert attempt.left == "reset"  # closing a socket with unread bytes sends one
    assert attempt.consumed == half
    assert [played.read for played in attempt.played] == [True] * 11 + [False] * 11


@KERNEL_TELLS
def test_not_reading_at_all():
    """A client that never reads is known to have read nothing, even while it is still there."""
    kept = []

    def client(port):
        kept.append(connect(port))
        kept[0].sendall(GET)
        wait_for_unread(kept[0], len(head().data) + len(event(1).data))

    _, journal = drill(Script((head(), event(1), Silence())), client)
    kept[0].close()
    assert journal.attempts[0].consumed == 0
    assert [played.read for played in journal.attempts[0].played] == [False] * 3


def test_a_client_that_resets():
    """A reset is told from an orderly end."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            sock.recv(65536)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    _, journal = drill(Script(STEADY), client)
    assert journal.attempts[0].left == "reset"
    assert (journal.connections[0].closed_by, journal.connections[0].how) == ("client", "reset")


def test_leaving_a_kept_alive_connection():
    """A client that leaves after its answer is noted, with the attempt done before."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            listen(sock, enough=len(head().data))
            time.sleep(0.05)

    _, journal = drill(Script((head(),)), client)
    attempt = journal.attempts[0]
    assert attempt.left == "eof"
    assert attempt.done_t < attempt.left_t


def test_a_client_that_does_not_read_holds_the_server_up():
    """Of a plan of 200 MB only what the kernels hold is written, and the rest waits without taking memory."""
    import tracemalloc

    ops = (head(), *[Write(b"z" * 10_000, event(1).role)] * 20_000)

    def client(port):
        with connect(port, receive_buffer=4096) as sock:
            sock.sendall(GET)
            wait_for_unread(sock, 1)
            time.sleep(0.4)

    tracemalloc.start()
    try:
        _, journal = drill(Script(ops), client)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    attempt = journal.attempts[0]
    assert attempt.done_t is None
    assert attempt.played[-1].end < 20_000_000
    assert sum(not played.taken for played in attempt.played) <= 2
    assert peak < 5_000_000


def test_others_are_served_while_one_stalls():
    """Stalled and stuck connections do not slow the others down."""

    def client(port):
        stuck = [connect(port, receive_buffer=4096) for _ in range(20)]
        for sock in stuck:
            sock.sendall(GET)
            wait_for_unread(sock, 1)
        with connect(port) as sock:
            sock.sendall(GET)
            heard = listen(sock, enough=len(head().data))
        for sock in stuck:
            sock.close()
        return heard

    ops = (head(), *[Write(b"z" * 10_000, event(1).role)] * 1000, Silence())
    heard, journal = drill(Script(ops), client, max_requests=100)
    assert heard.ending == "enough"
    *before, served = journal.attempts
    assert len(before) == 20
    for attempt in before:  # none of them was done, and none had left, when the last one was served
        assert attempt.done_t is None
        assert attempt.t < served.played[0].t < attempt.left_t


def test_a_flood_of_connections():
    """Four hundred connections at once are all answered, and their journal is in order."""
    ops = (head(), event(1), Silence())

    def client(port):
        socks = [connect(port) for _ in range(400)]
        for sock in socks:
            sock.sendall(GET)
        heard = [listen(sock, enough=len(head().data) + len(event(1).data)).ending for sock in socks]
        for sock in socks:
            sock.close()
        return heard

    heard, journal = drill(Script(ops), client, settle_s=0.3, max_requests=1000)
    assert set(heard) == {"enough"}
    assert [connection.number for connection in journal.connections] == list(range(1, 401))
    assert {attempt.left for attempt in journal.attempts} == {"eof"}
