"""Which calls of a run are open, which of them a request belongs to, and which attempt of each is next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from ssedrill.dialects.exchange import Request

ONLY = 1
"""The number of the call of a run that has one."""
UNKNOWN = 0
"""Stands for the call of a request of which nobody can tell whose it is."""


class CallTurns:
    """Numbers the attempts of each call from 1.

    ``named`` returns the call that a request names by itself (its prompt, path or cursor), or 0. Without it there is
    one call, which is open from the first moment to the last.
    """

    def __init__(self, named: Callable[[Request], int] | None = None) -> None:
        self._named = named
        self._next: dict[int, int] = {}
        self._bodies: dict[str, set[int]] = {}
        self._heard: set[int] = set()
        """The calls of which a request with a body is known."""
        self.open: list[int] = [ONLY] if named is None else []
        """The calls that have begun and are not over, in the order in which they began."""
        self.begun = len(self.open)
        """How many calls have begun."""

    def whose(self, request: Request) -> int:
        """Return the call that a request belongs to.

        What it names decides; else it is that of the only open call, or of the one whose request had the same body.
        That is no sign of it while a call is open whose first request is still to come: it may be just that.
        """
        if self._named is None:
            return ONLY
        call = self._named(request)
        same = self._bodies.setdefault(hashlib.sha256(request.body).hexdigest(), set()) if request.body else set()
        if not call and len(self.open) == 1:
            [call] = self.open
        if not call and len(same) == 1 and self._heard.issuperset(self.open):
            [call] = same
        if call and request.body:
            same.add(call)
            self._heard.add(call)
        return call

    def next_of(self, call: int) -> int:
        """Return the attempt of a call whose turn it is."""
        return self._next.get(call, 1)

    def take(self, call: int) -> int:
        """Return the same, and move on."""
        number = self.next_of(call)
        self._next[call] = number + 1
        return number

    def begin(self, call: int) -> None:
        """A call is open."""
        self.open.append(call)
        self.begun += 1

    def end(self, call: int) -> None:
        """It is over; late requests that name it are still its own."""
        self.open.remove(call)
