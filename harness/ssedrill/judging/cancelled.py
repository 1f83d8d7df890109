"""What came of telling a call to stop: when it was over, when its connection was closed, what was wasted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ssedrill.judging.attempts import over_t
from ssedrill.judging.written import writes
from ssedrill.model.record import CancelNumbers
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_journal import BY_THE_CLOCK, TokenEntry, TokenJournal
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import Mute


def cancel_numbers(wire: WireJournal, tokens: TokenJournal, stop: TokenEntry, ended_t: float | None) -> CancelNumbers:
    """Measure what followed the entry by which the application stopped reading.

    ``ended_t`` is when the call was over, None if it had to be ended. An answer that was under way is over when the
    client has closed its connection, or has read on to its end. So is a connection at which nobody answers.
    """
    cancelled_t = stop.t
    under_way = list(_under_way(wire, cancelled_t))
    ends = [end for attempt in under_way if (end := _end(attempt)) is not None]
    return CancelNumbers(
        over_s=None if ended_t is None or tokens.stopped else round(ended_t - cancelled_t, 6),
        closed_s=round(max(ends) - cancelled_t, 6) if ends and len(ends) == len(under_way) else None,
        left_open=len(under_way) - len(ends),
        tokens_after=sum(
            len(op.tokens) for attempt in wire.attempts for played, op in writes(attempt) if played.t > cancelled_t
        ),
        shown_after=sum(
            len(entry.text)
            for entry in tokens.entries
            if entry.kind == "text" and entry.n > stop.n and entry.t > cancelled_t + tokens.on_its_way_s
        ),
        requests_after=sum(_asked(attempt) and _came_after(attempt, stop, under_way) for attempt in wire.attempts),
    )


def _came_after(attempt: AttemptLog, stop: TokenEntry, under_way: Sequence[AttemptLog]) -> bool:
    """Tell whether a request came after a stop.

    On the virtual clock a client that asks again because it was told to stop does so at the very moment. That it was
    because of it is sure if nothing else of the client's happens then, or if an earlier request was being answered.
    """
    because = stop.text == BY_THE_CLOCK or any(one.t < stop.t for one in under_way)
    return attempt.t > stop.t or (attempt.t == stop.t and because)


def _asked(attempt: AttemptLog) -> bool:
    """Tell whether it was a request, or a connection for one that got no further than a door."""
    return attempt.is_request or (attempt.kind is RequestKind.DOOR and attempt.conn != 0)


def _under_way(wire: WireJournal, t: float) -> Iterator[AttemptLog]:
    """Give the attempts whose answers were not over by then."""
    for attempt in wire.attempts:
        over = _over(attempt)
        gone = attempt.left_t is not None and attempt.left_t < t  # at the same moment it left because of it
        waits = attempt.was_read or isinstance(attempt.plan.door, Mute)
        if waits and attempt.t <= t and not gone and (over is None or over > t):
            yield attempt


def _end(attempt: AttemptLog) -> float | None:
    ends = [t for t in (attempt.left_t, _over(attempt)) if t is not None]
    return min(ends, default=None)


def _over(attempt: AttemptLog) -> float | None:
    """Return when an answer was over for a client that stays: not if it has left the end of it unread."""
    unread = bool(attempt.played) and attempt.played[-1].read is False
    return None if unread else over_t(attempt)
