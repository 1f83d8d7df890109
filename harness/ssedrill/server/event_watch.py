"""Tells when so many events of a call's answers have been written."""

from __future__ import annotations

from collections.abc import Callable

from ssedrill.server.live_attempts import LiveAttempt
from ssedrill_faults.plan import Write


class EventWatch:
    """Calls ``then`` once, at the end of the write with the event of that number, over all answers of the call."""

    def __init__(self, number: int, then: Callable[[], None]) -> None:
        self._left = number
        self._then = then
        self._seen: dict[int, int] = {}  # how many operations of each attempt have been looked at

    def wrote(self, live: LiveAttempt) -> None:
        """Take note of what was carried out of an attempt."""
        begin, end = self._seen.get(live.log.number, 0), len(live.notes.times)
        self._seen[live.log.number] = end
        if self._left <= 0:
            return
        self._left -= sum(len(op.events) for op in live.ops[begin:end] if isinstance(op, Write))
        if self._left <= 0:
            self._then()
