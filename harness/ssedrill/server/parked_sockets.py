"""An accepted socket that nobody serves: one that stays mute, or one that was closed at the door."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable

from ssedrill.model.wire_journal import ClientLeft
from ssedrill.server.wire import LINGER_NONE


class ParkedSocket:
    """Keeps a socket until its client leaves, and says how it left.

    With ``reading`` what the client sends is thrown away; that is how a FIN sent at the door stays a FIN (closing a
    socket with unread bytes would send a reset). Without, nothing is read and the client's leaving is learnt from
    the kernel, if it can tell (epoll); if not, a mute socket reads after all.
    """

    def __init__(self, sock: socket.socket, left: Callable[[ClientLeft], None], *, reading: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = sock
        self._left = left
        self._epoll: select.epoll | None = None
        if reading or not hasattr(select, "epoll"):
            self._loop.add_reader(sock, self._read)
        else:
            self._epoll = select.epoll()
            self._epoll.register(sock, select.EPOLLRDHUP | select.EPOLLET)
            self._loop.add_reader(self._epoll, self._hung_up)

    def close(self) -> None:
        """Let go of the socket."""
        if self._epoll is not None:
            self._loop.remove_reader(self._epoll)
            self._epoll.close()
            self._epoll = None
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _read(self) -> None:
        try:
            if self._socket.recv(65536):
                return
            how: ClientLeft = "eof"
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            how = "reset"
        self._gone(how)

    def _hung_up(self) -> None:
        broken = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._gone("reset" if broken else "eof")

    def _gone(self, how: ClientLeft) -> None:
        self.close()
        self._left(how)


def close_at_door(sock: socket.socket, left: Callable[[ClientLeft], None], *, reset: bool) -> ParkedSocket | None:
    """End a connection that was just accepted; returns what has to be closed at the end of the drill, if anything."""
    if reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
        sock.close()
        return None
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        sock.close()
        left("reset")
        return None
    return ParkedSocket(sock, left, reading=True)
