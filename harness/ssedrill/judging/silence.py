"""The longest time for which a client sat before a silent wire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import inf

from ssedrill.judging.attempts import over_t
from ssedrill.judging.ledger import Shown
from ssedrill.judging.written import writes
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import CloseOnAccept, Refuse


def longest_silence(wire: WireJournal, firsts: Sequence[Shown], elapsed: float) -> float | None:
    """Return the longest silence before any attempt's answer, None without an attempt.

    ``firsts`` is the first time that each token was shown, ``elapsed`` when the client made its claim.
    """
    later: list[AttemptLog] = []  # those that ask for an answer and came after the one that is looked at, last first
    found = []
    earliest = list(accumulate((_asked_t(one) for one in reversed(wire.attempts)), min, initial=inf))
    for attempt, others_t in zip(reversed(wire.attempts), earliest, strict=False):
        went_on = others_t if attempt.left_t is None else _shown_meanwhile(attempt.left_t, later, firsts)
        found.append(_silence(attempt, min(went_on, elapsed)))
        if attempt.kind.asks_for_answer:
            later.append(attempt)
    return max(found, default=None)


def _asked_t(attempt: AttemptLog) -> float:
    return attempt.t if attempt.kind.asks_for_answer else inf


def _shown_meanwhile(left_t: float, later: Sequence[AttemptLog], firsts: Sequence[Shown]) -> float:
    """Return when the first of later requests was made whose answer was shown, some of it, before the client left."""

    def shown(attempt: AttemptLog) -> bool:
        return any(attempt.t <= one.t < left_t and attempt.number in one.sources for one in firsts)

    return next((attempt.t for attempt in _begun_by(left_t, later) if shown(attempt)), inf)


def _begun_by(t: float, later: Sequence[AttemptLog]) -> Iterator[AttemptLog]:
    """Give those of later requests that were made before a moment, in their order."""
    for attempt in reversed(later):
        if attempt.t >= t:
            return
        yield attempt


def _silence(attempt: AttemptLog, went_on: float) -> float:
    """Return the longest time for which the client sat before this attempt's answer and had nothing to read.

    It sits there until the answer is over, until it leaves, or until it goes on with another request's answer; and
    never while there is no connection: while it is refused, or after it was closed at the door. If nobody saw it
    leave, asking again is taken for going on: else a request may be one that the application makes besides.
    """
    if isinstance(attempt.plan.door, Refuse | CloseOnAccept):
        return 0.0
    moved_on = went_on if attempt.left_t is None else min(went_on, attempt.left_t)
    over = over_t(attempt)
    times = [attempt.t, *(played.t for played, _ in writes(attempt)), moved_on if over is None else over]
    return max(later - earlier for earlier, later in pairwise(min(t, moved_on) for t in times))
