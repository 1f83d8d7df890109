"""Text that is no token, as the server itself had sent it: an event that a scenario writes may say anything.

The plan says what a right reader gets besides tokens, and behind which of them (``Plan.extras``). Who shows that text
there, no more often than it was sent, shows what was served. In another place, once more, or in other words it is
text that nobody had sent there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from ssedrill.judging.written import ROUNDING_S, Sources, Token, came_at
from ssedrill.model.wire_journal import AttemptLog

_SPACE = re.compile(r"\s+")


@dataclass(slots=True, eq=False)
class _Sent:
    """One event's text that is no token, or a part of it between two tokens."""

    text: str
    t: float  # when it had come
    attempt: int
    generation: str
    behind: frozenset[int]  # the tokens that it may be shown behind: the last, or the last that was new; 0: none
    shown: bool = False


class Extras:
    """What of such text had come, each piece to be shown once."""

    def __init__(self, attempts: Iterable[AttemptLog], *, spaced: bool) -> None:
        """Take what these attempts had written.

        If a client's output is ``spaced``, it has space of its own, as a program's lines have, which is no text.
        """
        self._spaced = spaced
        self._sent: dict[int, list[_Sent]] = {}  # by the tokens that each may be shown behind
        for attempt in attempts:
            for sent in _sent_by(attempt):
                for number in sent.behind:
                    self._sent.setdefault(number, []).append(sent)

    def __bool__(self) -> bool:
        return bool(self._sent)

    def take(self, text: str, after: Token | None, by: float, *, breaks_off: bool = False) -> Sources | None:
        """Return who had served a text by then that is shown behind a token (None: at the beginning), if anybody.

        It is the texts of some events in the order in which they were sent. Of the last of them the beginning is
        enough if what is shown ``breaks_off``. What was taken can't be shown again.
        """
        wanted, here = self._plain(text), list(self._here(after, by))
        taken = self._in_order(wanted, here) or self._any_of(wanted, here, breaks_off=breaks_off)
        if not taken:
            return None
        for sent in taken:
            sent.shown = True
        first: dict[int, float] = {}
        for sent in sorted(taken, key=attrgetter("attempt", "t")):
            first.setdefault(sent.attempt, sent.t)
        return Sources([(t, attempt) for attempt, t in first.items()], by + ROUNDING_S)

    def _here(self, after: Token | None, by: float) -> Iterator[_Sent]:
        for sent in self._sent.get(after[1] if after else 0, ()):
            if not sent.shown and sent.t <= by + ROUNDING_S and (after is None or sent.generation == after[0]):
                yield sent

    def _in_order(self, wanted: str, here: Sequence[_Sent]) -> list[_Sent]:
        """Return what a text is made of if each is taken that fits; nothing if that does not come out even."""
        length, taken = 0, []
        for sent in here:
            part = self._plain(sent.text)
            if wanted.startswith(part, length):
                length += len(part)
                taken.append(sent)
        return taken if length == len(wanted) else []

    def _any_of(self, wanted: str, here: Sequence[_Sent], *, breaks_off: bool) -> list[_Sent]:
        """Return what a text is made of if any may be passed over; nothing if it can't be made so."""
        last: dict[int, tuple[int, _Sent] | None] = {0: None}  # so much can be had: with what behind how much
        for sent in here[:MOST_PIECES]:
            part = self._plain(sent.text)
            for length in [*last]:
                if wanted.startswith(part, length):
                    last.setdefault(length + len(part), (length, sent))
                elif breaks_off and part.startswith(wanted[length:]):
                    last.setdefault(len(wanted), (length, sent))
        taken = []
        step = last.get(len(wanted))
        while step is not None:
            taken.append(step[1])
            step = last[step[0]]
        return taken[::-1]

    def _plain(self, text: str) -> str:
        return _SPACE.sub("", text) if self._spaced else text


MOST_PIECES = 500
"""So many events in one place are tried in every way; of more, each that fits is taken to be shown."""


def _sent_by(attempt: AttemptLog) -> Iterator[_Sent]:
    """Give the texts of an attempt that had come."""
    plan = attempt.plan
    extras = [extra for extra in plan.extras if extra.text]
    if not extras:
        return
    for extra, t in zip(extras, came_at(attempt, [extra.at for extra in extras]), strict=True):
        if t is not None:
            behind = frozenset({extra.after or plan.after, extra.new or plan.after})
            yield _Sent(extra.text, t, attempt.number, plan.generation, behind)
