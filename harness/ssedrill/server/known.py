"""What the client may have known of each attempt when a request was first seen to be under way."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

from ssedrill.server.live_attempts import LiveAttempt

RECENT = 64
"""So many attempts of its own call may be under way beside a request; a client with more of them is looping."""
FEW = 16
"""The client of so many attempts is asked what it had read of each when another request came."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, and what had been read by then of each attempt if the client could be asked."""

    number: int  # from 1, in order
    read: dict[int, int] | None = None  # by attempt: so many operations; None: what was carried out counts as read


class Moments:
    """Tells how many operations of an attempt the client may have known of at some moment.

    With many attempts all that had been carried out by then counts as known: to ask the kernel of each would hold up
    all streams. Nor are all of them looked at: between two moments only those that stirred are, and each of these has
    a mark for it, so that the work grows with what is written, not with the number of attempts at each moment.
    """

    def __init__(self) -> None:
        self._count = 0
        self._stirred: set[LiveAttempt] = set()  # since the last moment
        self._marks: dict[int, list[tuple[int, int]]] = {}  # by attempt: moments, and what was carried out by then
        self._of_call: dict[int, list[LiveAttempt]] = {}
        self._few: list[LiveAttempt] | None = []

    def begun(self, live: LiveAttempt) -> Callable[[], None]:
        """Take note of an attempt; what is returned is to be called whenever some of it was carried out."""
        self._of_call.setdefault(live.log.call, []).append(live)
        self._marks[live.log.number] = []
        if self._few is not None:
            self._few.append(live)
            if len(self._few) > FEW:
                self._few = None
        return partial(self._stirred.add, live)

    def stirs(self, live: LiveAttempt) -> None:
        """Take note that some of an attempt was carried out."""
        self._stirred.add(live)

    def take(self) -> Moment:
        """Take note of this moment."""
        self._count += 1
        for live in self._stirred:
            self._marks[live.log.number].append((self._count, len(live.notes.times)))
        self._stirred.clear()
        return Moment(
            self._count, None if self._few is None else {live.log.number: live.known() for live in self._few}
        )

    def unaware_of(self, moment: Moment, call: int, running: Collection[int]) -> Iterator[tuple[int, int]]:
        """Give the attempts of a call that a request can't be the reaction to, from which operation on.

        Those are the attempts that something has come of since the moment, or will: they are ``running``. What other
        calls are answered is never a reason.
        """
        for live in self._of_call.get(call, ())[-RECENT:]:
            known = self._known(moment, live)
            if known < len(live.notes.times) or live.log.number in running:
                yield live.log.number, known

    def _known(self, moment: Moment, live: LiveAttempt) -> int:
        if moment.read is not None:
            return moment.read.get(live.log.number, 0)
        marks = self._marks[live.log.number]
        at = bisect_right(marks, moment.number, key=lambda mark: mark[0])
        return marks[at - 1][1] if at else 0
