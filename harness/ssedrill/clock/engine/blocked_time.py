"""For how long a thread has neither run nor waited for a processor: then it has waited for something else.

The kernel counts both, so that neither a busy machine nor hard work looks like a wait. What other threads of the
process have run meanwhile is taken off as well: they may have held the interpreter's lock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

LEAST_NS = 900_000
"""Shorter turns need no closer look."""

_REAL_CLOCKS: tuple[Callable[[], int], ...] = (time.monotonic_ns, time.thread_time_ns, time.process_time_ns)
"""In a tuple, where no run replaces them."""


class BlockedTime:
    """Adds up the blocked time of the calling thread between ``begin`` and ``end``."""

    def __init__(self) -> None:
        self._wall = self._ran = self._all = self._queued = 0
        self._known = False

    def begin(self) -> None:
        """Begin to measure."""
        wall, ran, everybody = _REAL_CLOCKS
        queued = _queued_ns()
        self._known = queued is not None
        self._queued, self._ran, self._all, self._wall = queued or 0, ran(), everybody(), wall()

    def end(self) -> float:
        """Return the seconds that the thread has been blocked since then; 0 if nobody can tell."""
        wall, ran, everybody = _REAL_CLOCKS
        passed = wall() - self._wall
        if not self._known or passed < LEAST_NS:
            return 0.0
        own, others = ran() - self._ran, everybody() - self._all
        queued = (_queued_ns() or 0) - self._queued
        return (passed - max(own, others) - queued) / 1e9


def _queued_ns() -> int | None:
    try:
        fd = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return int(os.read(fd, 100).split()[1])
        finally:
            os.close(fd)
    except (OSError, ValueError, IndexError):
        return None
