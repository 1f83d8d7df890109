"""For how long a thread has neither run nor waited for a processor: then it has waited for something else.

The kernel counts both, so that neither a busy machine nor hard work looks like a wait. Nor does a machine that is
itself put off its processor: who has waited has given up the processor, and the kernel counts that, too.

If another thread of the process has run meanwhile, it may have held the lock of the interpreter, or have lost its
processor while it handed that over. Another run may tell, if that thread runs seldom, as the harness's own do. Beside
one that works all the time every run would be the same. But who waits for the lock looks up at every switch interval
and sleeps once more: a thread that has slept seldom has waited for something else all the same.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

if sys.platform == "linux":
    from resource import RUSAGE_THREAD, getrusage

BLOCKED_S = 0.00095
"""Real seconds of one turn in which a thread was blocked, from which on it has waited for something of its own."""
LEAST_NS = 900_000
"""Shorter turns need no closer look."""
NOTHING_S = 10e-6
"""The two clocks are read one after the other."""
BUSY = 0.25
"""Another thread that has run for so much of that time works, and may do so in every run."""

_REAL_CLOCKS: tuple[Callable[[], int], ...] = (time.monotonic_ns, time.thread_time_ns, time.process_time_ns)
_REAL_SLEEP = (time.sleep,)
"""In tuples, where no run replaces them."""
TICK_S = 0.01
"""The kernel adds up what a thread runs on another processor at its ticks only."""
_LATE = 1.2
"""A thread that looks up after a switch interval does so a little later."""
_HANDING_OVER, _HANDING_OVER_S = 10, 0.3
"""One that loses its processor while it hands the lock over holds the next one up without a look: for so many times
as long as this one waits for a processor itself, but at most so long."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """For how long a thread was blocked by something of its own; 0 if it was not, or nobody can tell."""

    seconds: float = 0.0
    sure: bool = True
    """Whether it can't have been by another thread of the process."""


class BlockedTime:
    """Adds up the blocked time of one thread, which alone may use this, between ``begin`` and ``end``."""

    def __init__(self) -> None:
        self._wall = self._ran = self._all = self._queued = self._slept = 0
        self._file: int | None = None
        self.excused_s = 0.0
        """Of the time since ``begin``, for what it may be blocked: imports, and how threads begin and end."""

    def begin(self) -> None:
        """Begin to measure."""
        wall, ran, everybody = _REAL_CLOCKS
        self._queued, self._slept = self._counts() or (0, 0)
        self.excused_s = 0.0
        self._ran, self._all, self._wall = ran(), everybody(), wall()

    def long(self) -> bool:
        """Tell whether enough time has passed for a closer look."""
        return _REAL_CLOCKS[0]() - self._wall >= LEAST_NS

    def seconds(self) -> float:
        """Return for how long the thread has been blocked since then, unexcused; 0 if nobody can tell."""
        wall, ran, _ = _REAL_CLOCKS
        passed = wall() - self._wall
        if passed < LEAST_NS or (now := self._counts()) is None or now[1] == self._slept:
            return 0.0
        return (passed - (ran() - self._ran) - (now[0] - self._queued)) / 1e9 - self.excused_s

    def end(self) -> Blocked:
        """Return for how long the thread has been blocked since then, if by something of its own."""
        seconds = self.seconds()
        if seconds < BLOCKED_S:
            return Blocked()
        queued, slept = self._counts() or (0, 0)
        _REAL_SLEEP[0](TICK_S)
        wall, ran, everybody = _REAL_CLOCKS
        own = ran() - self._ran
        others_s = (everybody() - self._all - own) / 1e9
        works = others_s > (wall() - self._wall) / 1e9 * BUSY
        looked_s = (slept - self._slept) * sys.getswitchinterval() * _LATE
        handed_over_s = min(_HANDING_OVER * (queued - self._queued) / 1e9, _HANDING_OVER_S)
        if others_s < NOTHING_S or seconds - looked_s - handed_over_s >= BLOCKED_S:
            return Blocked(seconds)
        return Blocked() if works else Blocked(seconds, sure=False)

    def close(self) -> None:
        """Give back what it holds."""
        if self._file is not None:
            with suppress(OSError):  # a client may have closed all files
                os.close(self._file)
            self._file = None

    def _counts(self) -> tuple[int, int] | None:
        """Return the nanoseconds that the thread has waited for a processor, and how often it has given it up."""
        if sys.platform == "linux":
            with suppress(OSError, ValueError, IndexError):
                if self._file is None:
                    self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
                return int(os.pread(self._file, 100, 0).split()[1]), getrusage(RUSAGE_THREAD).ru_nvcsw
        return None
