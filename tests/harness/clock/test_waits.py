"""Rarer ways of waiting for a socket, in virtual time."""

from __future__ import annotations

import select
import socket
import struct
import sys
import time

import pytest

from ssedrill.clock.virtual.virtual_clock import VirtualClock
from support.fates import value_of
from support.virtualdrill import SILENCE, answer, drill


def connected(url):
    """Return a socket on which a request was sent."""
    host, port = url.removeprefix("http://").split(":")
    sock = socket.create_connection((host, int(port)), timeout=30)
    sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return sock


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="no epoll here")
@pytest.mark.parametrize("flags", [0, getattr(select, "EPOLLET", 0)], ids=["level", "edge"])
def test_epoll(flags):
    """An epoll object times out in virtual time, and tells what has come when it has come."""

    def client(url):
        with connected(url) as sock, select.epoll() as epoll:
            epoll.register(sock, select.EPOLLIN | flags)
            assert epoll.poll(5.0) == []
            timed_out = time.monotonic()
            assert epoll.poll(20.0, 1) == [(sock.fileno(), select.EPOLLIN)]
            assert sock.recv(100).startswith(b"HTTP/1.1 200")
            assert not epoll.closed
            return timed_out, time.monotonic()

    assert drill(client, [(8.0, answer())]).result == (1005.0, 1008.0)


def test_recvmsg_into():
    """The buffers are filled when the answer comes, and the socket's timeout is a virtual one."""

    def client(url):
        box = bytearray(4)
        with connected(url) as sock:
            assert sock.recvmsg_into([box])[0] == 4
        came = time.monotonic()
        with connected(url) as sock, pytest.raises(TimeoutError):
            sock.recvmsg_into([box])
        return bytes(box), came, time.monotonic()

    assert drill(client, [(8.0, answer()), SILENCE]).result == (b"HTTP", 1008.0, 1038.0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="written in another way elsewhere")
@pytest.mark.parametrize("name", ["recv", "recv_into"])
def test_a_timeout_that_the_kernel_keeps(name):
    """A blocking socket with SO_RCVTIMEO gives up after that time of the run's, as the kernel would say it."""

    def client(url):
        with connected(url) as sock:
            sock.settimeout(None)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 2, 500_000))
            with pytest.raises(BlockingIOError):
                getattr(sock, name)(100 if name == "recv" else bytearray(100))
            gave_up = time.monotonic()
            return gave_up, sock.recv(4), time.monotonic()

    assert drill(client, [(4.0, answer())]).result == (1002.5, b"HTTP", 1004.0)


@pytest.mark.parametrize("kind", ["poll", "epoll"])
def test_a_poll_object_waits_as_its_user_does(kind):
    """An object that one thread has made can be waited on by another, and after the run in real time."""
    if not hasattr(select, kind):
        pytest.skip(f"no {kind} here")
    there, here = socket.socketpair()
    made = []

    def client():
        found = getattr(select, kind)()
        found.register(here, select.POLLIN)
        made.append(found)

    clock = VirtualClock()
    value_of(clock.run(lambda: clock.in_thread(client)))
    with there, here:
        began = time.monotonic()
        assert made[0].poll(0.05 if kind == "epoll" else 50) == []
        assert time.monotonic() - began >= 0.04
