"""What can block, as a drill's threads see it: sockets, select and poll, locks, threads.

Each function here first looks at who calls. Outside of drills it calls the original. In a drill it asks the thread's
:class:`Means` to wait, in virtual time, until the original would not block, and then calls it.

Not reached: what waits in C code of its own (TLS sockets, database drivers), and plain locks that one thread holds
while it waits and another wants. The watchdog reports these.
"""

from __future__ import annotations

import errno
import os
import queue
import select
import selectors
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from ssedrill.clock.engine.loop import prepare
from ssedrill.clock.python.overrides import PATCHES

MEANS = "means"
"""Under this name a stand holds the thread's Means."""
NAMES = (
    *(f"select.{name}" for name in ("select", "poll", "epoll") if hasattr(select, name)),
    "queue.SimpleQueue",
)
DONTWAIT = getattr(socket, "MSG_DONTWAIT", 0)


class Means(Protocol):
    """How a thread of a drill waits."""

    def wait(self, files: Iterable[tuple[int, int]], timeout: float | None) -> bool:
        """Wait until one of the files (descriptor, poll mask) is ready; return whether one is."""

    def lock(self) -> Any:
        """Return a lock that is waited for in virtual time."""

    def adopt(self, thread: threading.Thread, start: Callable[[], None]) -> None:
        """Start a thread that takes turns with the others."""

    def join(self, thread: threading.Thread, timeout: float | None) -> bool:
        """Wait for a thread's end; return whether it has ended, or whether it is none of ours."""


def means() -> Means | None:
    """Return how the calling thread waits, or None outside of drills."""
    stand = PATCHES.stand()
    found: Any = None if stand is None else stand.get(MEANS)
    return found  # type: ignore[no-any-return]


def stand(how: Means) -> dict[str, Callable[..., Any]]:
    """Return the functions of NAMES for a thread that waits by these means, and the means themselves."""
    return {
        "select.select": _select(how),
        "select.poll": _Poll,
        "select.epoll": _Epoll,
        "queue.SimpleQueue": getattr(queue, "_PySimpleQueue"),  # noqa: B009 - private
        MEANS: how,
    }


def ready(files: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return which files are ready now, with what they are ready for."""
    poll = PATCHES.original("select.poll")()
    for fd, mask in files:
        poll.register(fd, mask)
    found: list[tuple[int, int]] = poll.poll(0)
    return found


def _until(how: Means, sock: socket.socket, mask: int, timeout: float | None) -> None:
    wanted = [(sock.fileno(), mask)]
    if wanted[0][0] >= 0 and not ready(wanted) and not how.wait(wanted, timeout):
        raise TimeoutError("timed out")


def _reading(name: str) -> Callable[..., Any]:
    original = getattr(socket.socket, name)

    def method(self: socket.socket, *args: Any, **options: Any) -> Any:
        how = means()
        if how is not None and (timeout := self.gettimeout()) != 0.0:
            _until(how, self, select.POLLIN, timeout)
        return original(self, *args, **options)

    return method


def _sending(name: str) -> Callable[..., Any]:
    original = getattr(socket.socket, name)

    def method(self: socket.socket, data: Any, *args: Any) -> Any:
        how = means()
        if how is None or (timeout := self.gettimeout()) == 0.0:
            return original(self, data, *args)
        while True:
            _until(how, self, select.POLLOUT, timeout)
            try:
                if name == "send":  # a blocking send would wait until all of it is taken
                    return original(self, data, (args[0] if args else 0) | DONTWAIT)
                return original(self, data, *args)
            except BlockingIOError:
                continue

    return method


def _sendall(self: socket.socket, data: Any, flags: int = 0) -> None:
    if means() is None or self.gettimeout() == 0.0:
        SENDALL(self, data, flags)
        return
    with memoryview(data) as view, view.cast("B") as left:
        sent = 0
        while sent < len(left):
            sent += self.send(left[sent:], flags)


def _connect_ex(self: socket.socket, address: Any) -> int:
    how = means()
    timeout = self.gettimeout()
    if how is None or timeout == 0.0:
        return CONNECT_EX(self, address)
    prepare(self)
    self.settimeout(0.0)
    try:
        code = CONNECT_EX(self, address)
        if code == errno.EINPROGRESS:
            try:
                _until(how, self, select.POLLOUT, timeout)
            except TimeoutError:
                return errno.EAGAIN
            code = self.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        how.wait((), 0.0)  # a client that is refused, and tries again at once, must let the others run
        return code
    finally:
        if self.fileno() >= 0:
            self.settimeout(timeout)


def _connect(self: socket.socket, address: Any) -> None:
    if means() is None or self.gettimeout() == 0.0:
        CONNECT(self, address)
    elif code := _connect_ex(self, address):
        if code == errno.EAGAIN:
            raise TimeoutError("timed out")
        raise OSError(code, os.strerror(code))


def _select(how: Means) -> Callable[..., Any]:
    def virtual(read: Any, write: Any, exceptional: Any, timeout: float | None = None) -> Any:
        read, write, exceptional = list(read), list(write), list(exceptional)
        found = PATCHES.original("select.select")(read, write, exceptional, 0)
        if any(found) or (timeout is not None and timeout <= 0):
            return found
        wanted = [(_fd(file), select.POLLIN) for file in read] + [(_fd(file), select.POLLOUT) for file in write]
        how.wait(wanted, timeout)
        return PATCHES.original("select.select")(read, write, exceptional, 0)

    return virtual


class _Poll:
    """A poll object that waits in virtual time."""

    def __init__(self) -> None:
        self._masks: dict[int, int] = {}

    def register(self, file: Any, mask: int = select.POLLIN | select.POLLPRI | select.POLLOUT) -> None:
        self._masks[_fd(file)] = mask

    def modify(self, file: Any, mask: int) -> None:
        if _fd(file) not in self._masks:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        self._masks[_fd(file)] = mask

    def unregister(self, file: Any) -> None:
        del self._masks[_fd(file)]

    def poll(self, timeout_ms: float | None = None) -> list[tuple[int, int]]:
        wanted = list(self._masks.items())
        if (found := ready(wanted)) or timeout_ms == 0:
            return found
        _wait(wanted, None if timeout_ms is None or timeout_ms < 0 else timeout_ms / 1000)
        return ready(wanted)


class _Epoll:
    """An epoll object that waits in virtual time: it has a real one, which is itself a file to wait for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._real = PATCHES.original("select.epoll")(*args, **options)

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = self._real.poll(0, maxevents)
        if found or timeout == 0:
            return found
        _wait([(self._real.fileno(), select.POLLIN)], None if timeout is None or timeout < 0 else timeout)
        return self._real.poll(0, maxevents)  # type: ignore[no-any-return]

    def __enter__(self) -> _Epoll:
        self._real.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._real.close()

    def __getattr__(self, key: str) -> Any:
        """All that does not wait: register, modify, unregister, close, closed, fileno."""
        return getattr(self._real, key)


def _wait(wanted: list[tuple[int, int]], timeout: float | None) -> None:
    """Wait as the calling thread does, which need not be the one that made the object."""
    how = means()
    if how is not None:
        how.wait(wanted, timeout)
        return
    poll = PATCHES.original("select.poll")()
    for fd, mask in wanted:
        poll.register(fd, mask)
    poll.poll(None if timeout is None else timeout * 1000)


def _selecting(owner: Any) -> Callable[..., Any]:
    original = owner.select

    def method(self: selectors.BaseSelector, timeout: float | None = None) -> Any:
        how = means()
        if how is not None and (timeout is None or timeout > 0):
            found = original(self, 0)
            if found:
                return found
            masks = {selectors.EVENT_READ: select.POLLIN, selectors.EVENT_WRITE: select.POLLOUT}
            keys = list(self.get_map().values())
            how.wait([(key.fd, sum(m for e, m in masks.items() if key.events & e)) for key in keys], timeout)
            timeout = 0
        return original(self, timeout)

    return method


def _waiter_lock() -> Any:
    how = means()
    return ALLOCATE_LOCK() if how is None else how.lock()


def _start(self: threading.Thread) -> None:
    how = means()
    if how is None:
        START(self)
    else:
        how.adopt(self, lambda: START(self))


def _join(self: threading.Thread, timeout: float | None = None) -> None:
    how = means()
    if how is None or how.join(self, timeout):
        JOIN(self, timeout)


def _fd(file: Any) -> int:
    return file if isinstance(file, int) else int(file.fileno())


SENDALL = socket.socket.sendall
CONNECT, CONNECT_EX = socket.socket.connect, socket.socket.connect_ex
START, JOIN = threading.Thread.start, threading.Thread.join
ALLOCATE_LOCK: Callable[[], Any] = getattr(threading, "_allocate_lock")  # noqa: B009 - private
READS = ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "accept")
SELECTORS = ("EpollSelector", "KqueueSelector", "PollSelector", "SelectSelector")

REPLACED: tuple[tuple[Any, str, Any], ...] = (
    *((socket.socket, name, _reading(name)) for name in READS),
    *((socket.socket, name, _sending(name)) for name in ("send", "sendmsg", "sendto")),
    (socket.socket, "sendall", _sendall),
    (socket.socket, "connect", _connect),
    (socket.socket, "connect_ex", _connect_ex),
    *(
        (owner, "select", _selecting(owner))
        for name in SELECTORS
        if (owner := getattr(selectors, name, None)) is not None
    ),
    (threading, "_allocate_lock", _waiter_lock),
    (threading.Thread, "start", _start),
    (threading.Thread, "join", _join),
)
"""Attributes of classes and modules, and what they are replaced by while a virtual run is on."""
