"""Ask the kernel how many bytes the program at the other end of a connection has read.

Linux answers such questions about any TCP socket of the same network namespace (NETLINK_SOCK_DIAG, see sock_diag(7)),
and a query for one exact pair of addresses needs no privilege. The layout of the messages is that of
``linux/inet_diag.h`` and ``linux/tcp.h``.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import struct
import sys
from dataclasses import dataclass
from typing import TypeAlias

if sys.platform == "linux":
    import fcntl
    import termios

Address: TypeAlias = tuple[str, int]

EVERYTHING = 1 << 62
"""More bytes than any connection carries: the client is known to have read all that there was."""

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST = 1
_INFO = 2
_FIN_WAIT2 = 5
_TIME_WAIT = 6
_CLOSED = 7
_BODY = 16  # after the netlink header
_ATTRIBUTES = _BODY + 72  # after the fixed part of the answer
_RQUEUE = _BODY + 56
_INODE = _BODY + 68
_BYTES_ACKED = 120  # in struct tcp_info, since Linux 4.1
_BYTES_RECEIVED = 128


@dataclass(frozen=True, slots=True)
class Ends:
    """The two addresses of a connection."""

    client: Address
    server: Address


class Netlink:
    """A socket for questions about other sockets. Raises OSError if the system has no such thing."""

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise OSError("sock_diag is a Linux facility")
        self._netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
        self._netlink.setblocking(False)  # the kernel answers before send() returns

    def close(self) -> None:
        """Give the socket back."""
        self._netlink.close()

    def consumed(self, ends: Ends) -> int | None:
        """Return how many of the server's bytes the client's program has read; None if nobody can tell.

        A FIN that the program has seen counts as one more byte. Linux lets a program close in an orderly way only
        when it has read everything that its kernel was given, and sends a reset otherwise. So once a client has
        closed like that, it has read what its kernel has confirmed, and all that there was if both ends have closed.

        Whether its half is still whole by then depends on when the kernel confirms the client's FIN, which may take
        40 ms of real time. Both ways lead to the same number.
        """
        answer = self._ask(ends.client, ends.server)
        if answer is not None and (read := _read_by_program(answer)) is not None:
            return read
        own = self._ask(ends.server, ends.client)
        states = [half[_BODY + 1] for half in (answer, own) if half is not None]
        if _TIME_WAIT in states:
            return EVERYTHING
        return _confirmed(own) if own is not None and answer is not None and states[0] == _FIN_WAIT2 else None

    def inode(self, ends: Ends) -> int:
        """Return the number under which the client's program holds its socket; 0 if it holds it no more."""
        answer = self._ask(ends.client, ends.server)
        return 0 if answer is None else int.from_bytes(answer[_INODE : _INODE + 4], sys.byteorder)

    def _ask(self, source: Address, destination: Address) -> bytes | None:
        family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
        request = struct.pack(
            "=IHHII4BI2s2s16s16s3I",
            72,
            _SOCK_DIAG_BY_FAMILY,
            _REQUEST,
            0,
            0,
            family,
            socket.IPPROTO_TCP,
            1 << (_INFO - 1),
            0,
            0xFFFFFFFF,
            source[1].to_bytes(2, "big"),
            destination[1].to_bytes(2, "big"),
            socket.inet_pton(family, source[0]),
            socket.inet_pton(family, destination[0]),
            0,
            0xFFFFFFFF,
            0xFFFFFFFF,
        )
        try:
            self._netlink.send(request)
            answer = self._netlink.recv(8192)
        except OSError:
            return None
        kind = int.from_bytes(answer[4:6], sys.byteorder)
        return answer if kind == _SOCK_DIAG_BY_FAMILY and len(answer) >= _ATTRIBUTES else None


def _read_by_program(answer: bytes) -> int | None:
    (unread,) = struct.unpack_from("=I", answer, _RQUEUE)
    received = _counted(answer, _BYTES_RECEIVED)
    return None if received is None else max(0, received - int(unread))


def _confirmed(answer: bytes) -> int | None:
    """Return how many bytes the peer's kernel has confirmed."""
    return _counted(answer, _BYTES_ACKED)


def _counted(answer: bytes, place: int) -> int | None:
    """Return a count from a connection's ``struct tcp_info``; None if there is none: one that has been closed."""
    at = _ATTRIBUTES
    while at + 4 <= len(answer):
        length, kind = struct.unpack_from("=HH", answer, at)
        if length < 4:
            return None
        if kind == _INFO and length >= 4 + place + 8:
            (count,) = struct.unpack_from("=Q", answer, at + 4 + place)
            return int(count)
        at += (length + 3) & ~3
    return None


def unacknowledged(sock: socket.socket) -> int | None:
    """Return how many bytes the peer's kernel has not confirmed; None if the system does not say.

    Nor does it say so of a connection that was reset: then all that was still on its way is gone from the count.
    """
    if sys.platform != "linux" or sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _CLOSED:
        return None
    count = bytearray(4)
    fcntl.ioctl(sock, termios.TIOCOUTQ, count)
    return int.from_bytes(count, sys.byteorder)


@functools.cache
def works() -> bool:
    """Tell whether this machine answers such questions, by asking one whose answer is known."""
    with contextlib.ExitStack() as stack:
        try:
            netlink = stack.enter_context(contextlib.closing(Netlink()))
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            client = stack.enter_context(socket.create_connection(listener.getsockname(), 1.0))
            server = stack.enter_context(listener.accept()[0])
            ends = Ends(client.getsockname(), server.getsockname())
            server.sendall(b"abc")
            before = netlink.consumed(ends)
            client.recv(2)
            return before == 0 and netlink.consumed(ends) == 2
        except OSError:
            return False
