"""The listening socket of one run: it listens, or connects are refused, on the same port all along."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable

HOST = "127.0.0.1"
BACKLOG = 4096
AT_ONCE = 4
"""Connections accepted before the loop has its turn."""
OUT_OF_FILES_S = 0.05
"""Pause when no file descriptors are left."""
RETRIES = 20
"""After so many pauses in a row without a connection taken, it is told that none can be."""


def reserve() -> socket.socket:
    """Bind a port of the kernel's choice, but by its number; nobody else can take it until the socket is closed.

    A port that was never asked for by number is given back at shutdown(), and listen() would get another.
    """
    for _ in range(100):
        with socket.socket() as scout:
            scout.bind((HOST, 0))
            port = scout.getsockname()[1]
        with contextlib.suppress(OSError):  # somebody else was given it in between
            return _bound(port)
    raise OSError(errno.EADDRINUSE, "no port stays free long enough to be bound")


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        sock.bind((HOST, port))
    except OSError:
        sock.close()
        raise
    return sock


class Listener:
    """Owns the port. Bound from the start, so nobody can take it, but it listens only from :meth:`listen` on.

    ``port`` is its number, or what :func:`reserve` has bound, which is the listener's from now on.
    """

    def __init__(
        self,
        accepted: Callable[[socket.socket], None],
        port: int | socket.socket = 0,
        *,
        full: Callable[[], None] = lambda: None,
    ) -> None:
        self._accepted = accepted
        self._full = full
        self._retries = 0
        self._loop = asyncio.get_running_loop()
        self._retry: asyncio.TimerHandle | None = None
        self._socket = port if isinstance(port, socket.socket) else _bound(port) if port else reserve()
        self.port: int = self._socket.getsockname()[1]
        self.listening = False

    def listen(self) -> None:
        """Accept connections from now on."""
        if not self.listening:
            self.listening = True
            self._share(True)  # with what is left of earlier connections, or an outage would never end
            self._socket.listen(BACKLOG)
            self._loop.add_reader(self._socket, self._accept)

    def refuse(self) -> None:
        """Refuse connections from now on; the kernel resets those that it had made and we had not accepted."""
        if not self.listening:
            return
        self._stop_accepting()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:  # not Linux: a listening socket can't be shut down, but its port can be bound anew
            self._socket.close()
            self._socket = _bound(self.port)
        self._share(False)

    def close(self) -> None:
        """Give up the port."""
        self._stop_accepting()
        self._socket.close()

    def _share(self, shared: bool) -> None:
        """Let others be bound to the port too, or not: while nobody listens somebody else might take it."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, shared)

    def _stop_accepting(self) -> None:
        self.listening = False
        self._loop.remove_reader(self._socket)
        if self._retry is not None:
            self._retry.cancel()

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            if not self.listening:  # the connection before this one made us refuse
                return
            try:
                sock, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    raise
                # The socket stays readable: without a pause the loop would spin.
                self._loop.remove_reader(self._socket)
                self._retry = self._loop.call_later(OUT_OF_FILES_S, self._loop.add_reader, self._socket, self._accept)
                self._retries += 1
                if self._retries == RETRIES:
                    self._full()
                return
            self._retries = 0
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._accepted(sock)
