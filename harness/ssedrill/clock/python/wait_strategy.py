"""How a thread of a drill waits, and the two functions that everything here which can block is made of.

Each replaced function first looks at who calls. Outside of drills it calls the original. In a drill it asks the
thread's :class:`WaitStrategy` to wait, in virtual time, until the original would not block, and then calls it.

Not reached: what waits in C code of its own (TLS sockets, database drivers), and plain locks that one thread holds
while it waits and another wants. The watchdog reports these.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from ssedrill.clock.python.overrides import PATCHES

WAIT_STRATEGY = "wait strategy"
"""Under this name a thread's overrides hold its WaitStrategy."""


class WaitStrategy(Protocol):
    """How a thread of a drill waits."""

    def wait(self, files: Iterable[tuple[int, int]], timeout: float | None) -> bool:
        """Wait until one of the files (descriptor, poll mask) is ready; return whether one is."""

    def lock(self) -> Any:
        """Return a lock that is waited for in virtual time."""

    def adopt(self, thread: threading.Thread, start: Callable[[], None]) -> None:
        """Start a thread that takes turns with the others."""

    def join(self, thread: threading.Thread, timeout: float | None) -> bool:
        """Wait for a thread's end; return whether it has ended, or whether it is none of ours."""

    def use(self, pool: ThreadPoolExecutor) -> int:
        """Take note that a pool is about to be given work; return the number of that in the run."""


def wait_strategy() -> WaitStrategy | None:
    """Return how the calling thread waits, or None if it is part of no drill."""
    overrides = PATCHES.overrides()
    found: Any = None if overrides is None else overrides.get(WAIT_STRATEGY)
    return found  # type: ignore[no-any-return]


def ready(files: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return which files are ready now, with what they are ready for."""
    poll = PATCHES.original("select.poll")()
    for fd, mask in files:
        poll.register(fd, mask)
    found: list[tuple[int, int]] = poll.poll(0)
    return found


def wait_until_ready(strategy: WaitStrategy, sock: socket.socket, mask: int, timeout: float | None) -> None:
    """Wait for a socket; raises TimeoutError if it takes longer than ``timeout`` seconds."""
    wanted = [(sock.fileno(), mask)]
    if wanted[0][0] >= 0 and not ready(wanted) and not strategy.wait(wanted, timeout):
        raise TimeoutError("timed out")
