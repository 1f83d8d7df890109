"""Timers of one moment, which fire in the order in which they were set."""

from __future__ import annotations

import asyncio
from typing import Any


class Timer(asyncio.TimerHandle):
    """A timer that knows its number among those of the same moment; asyncio's own come in any order."""

    __slots__ = ("number",)
    number: int
    _when: float
    _scheduled: bool

    def __lt__(self, other: Any) -> bool:
        mine, its = self._when, other._when
        earlier: bool = self.number < other.number if mine == its else mine < its
        return earlier
