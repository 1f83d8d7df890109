"""Whom a client talks to: somebody of its run, or somebody who lives in real time.

A database or a gateway outside of the run answers after a while of real time. As nobody of the run can do anything
meanwhile, its clock would jump to the client's timeout at once. So who reaches such a one ends the run, which is then
done on the real clock. Where nobody is, the kernel says so itself.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ssedrill.clock.engine.progress import Progress
from ssedrill.clock.python.overrides import PATCHES, Replacement

ADDRESSES = "addresses"
"""Under this name a thread's overrides hold the Addresses of its run."""
BIND, LISTEN = socket.socket.bind, socket.socket.listen
ANSWERS = (0, errno.EINPROGRESS, errno.EISCONN)
"""What connecting comes to where somebody is, or may be."""
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_UNIX = getattr(socket, "AF_UNIX", None)
_CLOSED = 7
"""The state of a TCP socket whose connect has failed."""


class Addresses:
    """Where the members of a run are bound, be they its server or the client's own."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bound: set[Any] = set()
        self._hears: Callable[[int], None] | None = None

    def note(self, sock: socket.socket) -> None:
        """Note that a member of the run is bound to where this socket is."""
        place = _place(sock, sock.getsockname())
        self._bound.add(place)
        if self._hears is not None and isinstance(place, int):
            self._hears(place)

    def tell(self, hears: Callable[[int], None] | None) -> None:
        """Tell somebody of all ports among them, those too that are still to come; None for nobody."""
        self._hears = hears
        for place in self._bound:
            if hears is not None and isinstance(place, int):
                hears(place)

    def connects(self, sock: socket.socket, address: Any) -> None:
        """Look at whom a socket has begun to connect to; raises Halt if that is somebody outside of the run."""
        if sock.type == socket.SOCK_STREAM and sock.family in (*_INTERNET, _UNIX) and not _refused(sock):
            self._look(sock, address)

    def told(self, sock: socket.socket, address: Any) -> None:
        """Look at whom a datagram is sent to; None stands for whom the socket is connected to."""
        if sock.family in _INTERNET:
            with suppress(OSError):  # it is connected to nobody
                self._look(sock, sock.getpeername() if address is None else address)

    def _look(self, sock: socket.socket, address: Any) -> None:
        if _place(sock, address) not in self._bound:
            self._progress.escape(f"the client talks to {_spelled(address)}, which is outside of the run")


def addresses() -> Addresses | None:
    """Return the addresses of the calling thread's run, or None if it is part of none, or imports a module."""
    overrides = PATCHES.overrides()
    found: Any = None if overrides is None else overrides.get(ADDRESSES)
    return found  # type: ignore[no-any-return]


def _place(sock: socket.socket, address: Any) -> Any:
    """Return what tells an address from others on this machine."""
    if sock.family in _INTERNET and isinstance(address, tuple) and len(address) > 1:
        return address[1]
    return os.fsencode(address) if isinstance(address, str) else address


def _spelled(address: Any) -> str:
    if isinstance(address, tuple):
        return ":".join(map(str, address[:2]))
    return os.fsdecode(address) if isinstance(address, (str, bytes)) else str(address)


def _refused(sock: socket.socket) -> bool:
    """Tell whether the connect has failed already, as where nobody listens on this machine."""
    if sock.family not in _INTERNET or not hasattr(socket, "TCP_INFO"):
        return False
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _CLOSED


def _noting(original: Any) -> Any:
    def method(self: socket.socket, *args: Any) -> None:
        original(self, *args)
        if (known := addresses()) is not None:
            known.note(self)

    return method


REPLACED: tuple[Replacement, ...] = (
    (socket.socket, "bind", _noting(BIND)),
    (socket.socket, "listen", _noting(LISTEN)),
)
"""Attributes that are replaced while a virtual run is on."""
