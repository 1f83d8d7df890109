"""Which clock a run gets."""

from __future__ import annotations

from ssedrill.clock.base import Clock
from ssedrill.clock.real import RealClock


def choose_clock(wish: str) -> tuple[Clock, list[str]]:
    """Return a fresh clock for one run, and remarks for its record on why it is this one."""
    return RealClock(), []
