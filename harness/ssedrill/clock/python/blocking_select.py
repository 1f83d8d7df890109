"""``select``, poll and epoll objects, and the selectors made of them, in virtual time."""

from __future__ import annotations

import errno
import os
import select
import selectors
from collections.abc import Callable
from typing import Any

from ssedrill.clock.python.overrides import PATCHES, Replacement
from ssedrill.clock.python.wait_strategy import WaitStrategy, ready, wait_strategy

NAMES = tuple(f"select.{name}" for name in ("select", "poll", "epoll") if hasattr(select, name))
SELECTOR_NAMES = ("EpollSelector", "KqueueSelector", "PollSelector", "SelectSelector")


def overrides(strategy: WaitStrategy) -> dict[str, Callable[..., Any]]:
    """Return the functions of NAMES for a thread that waits like this."""
    return {"select.select": _select(strategy), "select.poll": _Poll, "select.epoll": _Epoll}


def _select(strategy: WaitStrategy) -> Callable[..., Any]:
    def virtual(read: Any, write: Any, exceptional: Any, timeout: float | None = None) -> Any:
        read, write, exceptional = list(read), list(write), list(exceptional)
        found = PATCHES.original("select.select")(read, write, exceptional, 0)
        if any(found) or (timeout is not None and timeout <= 0):
            return found
        wanted = [(_fd(file), select.POLLIN) for file in read] + [(_fd(file), select.POLLOUT) for file in write]
        strategy.wait(wanted, timeout)
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
    strategy = wait_strategy()
    if strategy is not None:
        strategy.wait(wanted, timeout)
        return
    poll = PATCHES.original("select.poll")()
    for fd, mask in wanted:
        poll.register(fd, mask)
    poll.poll(None if timeout is None else timeout * 1000)


def _selecting(owner: Any) -> Callable[..., Any]:
    original = owner.select

    def method(self: selectors.BaseSelector, timeout: float | None = None) -> Any:
        strategy = wait_strategy()
        if strategy is not None and (timeout is None or timeout > 0):
            found = original(self, 0)
            if found:
                return found
            masks = {selectors.EVENT_READ: select.POLLIN, selectors.EVENT_WRITE: select.POLLOUT}
            keys = list(self.get_map().values())
            strategy.wait([(key.fd, sum(m for e, m in masks.items() if key.events & e)) for key in keys], timeout)
            timeout = 0
        return original(self, timeout)

    return method


def _fd(file: Any) -> int:
    return file if isinstance(file, int) else int(file.fileno())


SELECTORS = tuple(getattr(selectors, name) for name in SELECTOR_NAMES if hasattr(selectors, name))
REPLACED: tuple[Replacement, ...] = tuple((owner, "select", _selecting(owner)) for owner in SELECTORS)
"""Attributes that are replaced while a virtual run is on."""
