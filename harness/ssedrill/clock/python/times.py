"""The functions of ``time`` on a given clock."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from ssedrill.clock.engine.progress import Progress

NAMES = (
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.time",
    "time.time_ns",
    "time.sleep",
    "time.clock_gettime",
    "time.clock_gettime_ns",
    "time.gmtime",
    "time.localtime",
    "time.ctime",
    "time.asctime",
    "time.strftime",
)


def _clocks(*names: str, linux: tuple[int, ...]) -> frozenset[int]:
    """Return the numbers of those of these clocks that the system has, and of Linux's without a name here."""
    named = {getattr(time, name) for name in names if hasattr(time, name)}
    return frozenset(named.union(linux if sys.platform == "linux" else ()))


WALLS = _clocks("CLOCK_REALTIME", "CLOCK_TAI", linux=(5, 8))
"""With CLOCK_REALTIME_COARSE and CLOCK_REALTIME_ALARM."""
MONOTONICS = _clocks(
    "CLOCK_MONOTONIC", "CLOCK_MONOTONIC_RAW", "CLOCK_BOOTTIME", "CLOCK_UPTIME", "CLOCK_UPTIME_RAW", linux=(6, 9)
)
"""With CLOCK_MONOTONIC_COARSE and CLOCK_BOOTTIME_ALARM."""


class Source(Protocol):
    """What tells the time."""

    def now(self) -> float:
        """Return the monotonic time in seconds."""

    def epoch(self) -> float:
        """Return the wall-clock time in seconds since 1970."""

    def epoch_ns(self) -> int:
        """Return the same in nanoseconds."""

    def promise_epoch(self, due: float) -> None:
        """Have the wall clock show this moment at least, which a sleep has just ended at."""


def overrides(
    source: Source, progress: Progress, sleep: Callable[[float], None], real: Callable[[str], Callable[..., Any]]
) -> dict[str, Callable[..., Any]]:
    """Return the functions of NAMES on this source; ``real`` gives the originals, for the clocks left alone."""

    def monotonic() -> float:
        progress.read()
        return source.now()

    def wall() -> float:
        progress.read()
        return source.epoch()

    def wall_ns() -> int:
        progress.read()
        return source.epoch_ns()

    def ns(function: Callable[[], float]) -> Callable[[], int]:
        return lambda: round(function() * 1e9)

    def clock_gettime(clock: int) -> float:
        if clock in WALLS:
            return wall()
        if clock in MONOTONICS:
            return monotonic()
        found: float = real("time.clock_gettime")(clock)
        return found

    def clock_gettime_ns(clock: int) -> int:
        return wall_ns() if clock in WALLS else round(clock_gettime(clock) * 1e9)

    def checked_sleep(seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        due = source.epoch() + seconds
        sleep(seconds)
        source.promise_epoch(due)

    def broken_down(name: str) -> Callable[..., Any]:
        return lambda seconds=None: real(name)(wall() if seconds is None else seconds)

    def localtime(fields: Any) -> Any:
        return real("time.localtime")(wall()) if fields is None else fields

    return {
        "time.monotonic": monotonic,
        "time.monotonic_ns": ns(monotonic),
        "time.perf_counter": monotonic,
        "time.perf_counter_ns": ns(monotonic),
        "time.time": wall,
        "time.time_ns": wall_ns,
        "time.sleep": checked_sleep,
        "time.clock_gettime": clock_gettime,
        "time.clock_gettime_ns": clock_gettime_ns,
        "time.gmtime": broken_down("time.gmtime"),
        "time.localtime": broken_down("time.localtime"),
        "time.ctime": broken_down("time.ctime"),
        "time.asctime": lambda fields=None: real("time.asctime")(localtime(fields)),
        "time.strftime": lambda form, fields=None: real("time.strftime")(form, localtime(fields)),
    }
