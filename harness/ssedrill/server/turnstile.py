"""Has what arrives taken a little at a time, so that a burst of requests does not hold up the streams under way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 1
"""So much is taken in one turn of the loop. A request takes a few tenths of a millisecond, the write of a stream that
is due a few hundredths; two hundred requests in one turn would make all streams late by half a dozen tokens."""


class Turnstile:
    """Calls what it is given, in order: at once if this turn of the loop has room for it, else in a later one."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._room = AT_ONCE
        self._waiting: deque[Callable[[], None]] = deque()

    def pass_through(self, take: Callable[[], None]) -> None:
        """Call this when its time has come."""
        if self._room == AT_ONCE and not self._waiting:
            self._loop.call_soon(self._next_turn)
        if self._room and not self._waiting:
            self._room -= 1
            take()
        else:
            self._waiting.append(take)

    def _next_turn(self) -> None:
        self._room = AT_ONCE
        if not self._waiting:
            return
        self._loop.call_soon(self._next_turn)
        while self._room and self._waiting:
            self._room -= 1
            self._waiting.popleft()()
