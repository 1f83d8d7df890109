"""Which clock a run gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from ssedrill.clock.clock import Clock
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.clock.virtual.virtual_clock import VirtualClock

ClockWish: TypeAlias = Literal["auto", "virtual", "real"]


def choose_clock(wish: ClockWish, seed: int, why_not_virtual: Callable[[], str | None]) -> tuple[Clock, str | None]:
    """Return a fresh clock for one run and, if a virtual one was wanted and can't be had, why not.

    ``why_not_virtual`` is asked only if it matters.
    """
    if wish == "real":
        return RealClock(), None
    reason = why_not_virtual()
    return (VirtualClock(seed=seed), None) if reason is None else (RealClock(), reason)
