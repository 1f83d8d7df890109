"""Timers of one moment, which fire in the order in which they were set."""

from __future__ import annotations

import asyncio
from typing import Any


class Timer(asyncio.TimerHandle):
    """A timer that knows its number among those of the same moment; asyncio's own come in any order."""

    __slots__ = ("number",)
    number: int

    def __lt__(self, other: Any) -> bool:
        if self.when() == other.when() and isinstance(other, Timer):
            return self.number < other.number
        earlier: bool = self.when() < other.when()
        return earlier
