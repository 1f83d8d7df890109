"""The methods of sockets that block, in virtual time."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
from collections.abc import Callable
from typing import Any

from ssedrill.clock.engine.steady_sockets import prepare
from ssedrill.clock.python.addresses import ANSWERS, addresses
from ssedrill.clock.python.overrides import Replacement
from ssedrill.clock.python.wait_strategy import WaitStrategy, wait_strategy, wait_until_ready

TIMEVAL = struct.Struct("@ll")
"""How the kernel writes a length of time."""
DONTWAIT = getattr(socket, "MSG_DONTWAIT", 0)
SENDALL = socket.socket.sendall
CONNECT, CONNECT_EX = socket.socket.connect, socket.socket.connect_ex
READS = ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "accept")


def _reading(name: str) -> Callable[..., Any]:
    original = getattr(socket.socket, name)

    def method(self: socket.socket, *args: Any, **options: Any) -> Any:
        # What never blocks is first asked for, as it costs least: an event loop's sockets are like that.
        if (timeout := self.gettimeout()) != 0.0 and (strategy := wait_strategy()) is not None:
            _wait(strategy, self, select.POLLIN, timeout)
        return original(self, *args, **options)

    return method


def _sending(name: str) -> Callable[..., Any]:
    original = getattr(socket.socket, name)

    def method(self: socket.socket, data: Any, *args: Any) -> Any:
        if self.type == socket.SOCK_DGRAM and (known := addresses()) is not None:
            known.told(self, args[-1] if name == "sendto" and args else None)
        if (timeout := self.gettimeout()) == 0.0 or (strategy := wait_strategy()) is None:
            return original(self, data, *args)
        while True:
            _wait(strategy, self, select.POLLOUT, timeout)
            try:
                if name == "send":  # a blocking send would wait until all of it is taken
                    return original(self, data, (args[0] if args else 0) | DONTWAIT)
                return original(self, data, *args)
            except BlockingIOError:
                continue

    return method


def _wait(strategy: WaitStrategy, sock: socket.socket, mask: int, timeout: float | None) -> None:
    """Wait for a socket as long as its own timeout says or, if it has none, the one that was set in the kernel."""
    kernel_s = _kernel_timeout_s(sock, mask) if timeout is None else None
    try:
        wait_until_ready(strategy, sock, mask, timeout if kernel_s is None else kernel_s)
    except TimeoutError:
        if kernel_s is None:
            raise
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from None


def _kernel_timeout_s(sock: socket.socket, mask: int) -> float | None:
    """Return the seconds after which the kernel ends a wait of a blocking socket (SO_RCVTIMEO), or None for never."""
    option = getattr(socket, "SO_RCVTIMEO" if mask == select.POLLIN else "SO_SNDTIMEO", None)
    if option is None or sock.fileno() < 0:
        return None
    found = sock.getsockopt(socket.SOL_SOCKET, option, TIMEVAL.size)
    if len(found) != TIMEVAL.size:
        return None
    seconds, micro = TIMEVAL.unpack(found)
    return seconds + micro / 1e6 or None


def _sendall(self: socket.socket, data: Any, flags: int = 0) -> None:
    if wait_strategy() is None or self.gettimeout() == 0.0:
        SENDALL(self, data, flags)
        return
    with memoryview(data) as view, view.cast("B") as left:
        sent = 0
        while sent < len(left):
            sent += self.send(left[sent:], flags)


def _connect_ex(self: socket.socket, address: Any) -> int:
    strategy = wait_strategy()
    timeout = self.gettimeout()
    if strategy is None or timeout == 0.0:
        return _begun(self, address)
    prepare(self)
    self.settimeout(0.0)
    try:
        code = _begun(self, address)
        if code == errno.EINPROGRESS:
            try:
                wait_until_ready(strategy, self, select.POLLOUT, timeout)
            except TimeoutError:
                return errno.EAGAIN
            code = self.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        strategy.wait((), 0.0)  # a client that is refused, and tries again at once, must let the others run
        return code
    finally:
        if self.fileno() >= 0:
            self.settimeout(timeout)


def _begun(self: socket.socket, address: Any) -> int:
    """Connect as the original does, and see who is there."""
    code = CONNECT_EX(self, address)
    if code in ANSWERS and (known := addresses()) is not None:
        known.connects(self, address)
    return code


def _connect(self: socket.socket, address: Any) -> None:
    if wait_strategy() is None:
        CONNECT(self, address)
    elif code := _connect_ex(self, address):
        if code == errno.EAGAIN and self.gettimeout() != 0.0:
            raise TimeoutError("timed out")
        raise OSError(code, os.strerror(code))


REPLACED: tuple[Replacement, ...] = (
    *((socket.socket, name, _reading(name)) for name in READS),
    *((socket.socket, name, _sending(name)) for name in ("send", "sendmsg", "sendto")),
    (socket.socket, "sendall", _sendall),
    (socket.socket, "connect", _connect),
    (socket.socket, "connect_ex", _connect_ex),
)
"""Attributes that are replaced while a virtual run is on."""
