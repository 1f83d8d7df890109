"""Claim and ledger in one word, and how a client got over its drop."""

from __future__ import annotations

from ssedrill.judging.attempts import over_t
from ssedrill.judging.ledger import Ledger
from ssedrill.judging.metrics import Measured
from ssedrill.model.record import CancelNumbers, Claim, Outcome, RecoveredBy
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.token_mark import TokenMark
from ssedrill.model.wire_journal import AttemptLog, WireJournal


def outcome_of(measured: Measured, wire: WireJournal, *, max_requests: int, patience_s: float) -> Outcome:
    """Return the outcome of a call; one that was told to stop has its patience for that."""
    if measured.unsupported is not None:
        return Outcome.UNSUPPORTED
    if measured.untested is not None:
        return Outcome.NOT_TESTED
    if measured.claim is Claim.NONE:
        if len(wire.attempts) > max_requests:  # those that a door turned away too
            return Outcome.LOOPING
        if measured.crashed is not None:
            return Outcome.CRASHED
        if measured.cancel is None or not _over_in_time(measured.cancel, patience_s):
            return Outcome.HUNG
        return Outcome.CANCELLED if measured.ledger.right_so_far else Outcome.FAILED_DIRTY
    ledger, counts = measured.ledger, measured.ledger.counts
    if measured.claim is Claim.ERROR:
        return Outcome.FAILED_LOUDLY if ledger.right_so_far else Outcome.FAILED_DIRTY
    if ledger.exact:
        return _good(ledger, wire)
    if counts[TokenMark.SPLICED]:
        return Outcome.SPLICED
    if counts[TokenMark.CORRUPTED] or (counts[TokenMark.REORDERED] and not ledger.lost):
        return Outcome.CORRUPTED
    return Outcome.TRUNCATED_SILENTLY if ledger.lost else Outcome.DUPLICATED


def _over_in_time(cancel: CancelNumbers, patience_s: float) -> bool:
    return cancel.over_s is not None and cancel.over_s <= patience_s


def _good(ledger: Ledger, wire: WireJournal) -> Outcome:
    *before, answered = _up_to_the_answer(ledger, wire)
    if answered.kind is RequestKind.WHOLE:
        return Outcome.DEGRADED
    return Outcome.RECOVERED if any(_failed(attempt) for attempt in before) else Outcome.CLEAN


def _up_to_the_answer(ledger: Ledger, wire: WireJournal) -> list[AttemptLog]:
    """Return the tries up to the one that the end of a whole answer came from: what was asked besides is no matter.

    If it may have come from several, the client is believed to have needed the last that is a stream.
    """
    tries = [attempt for attempt in wire.attempts if attempt.kind.is_try]
    if not ledger.shown:
        return tries
    sources = [attempt for attempt in tries if attempt.number in ledger.shown[-1].sources]
    answered = max(sources, key=lambda attempt: (attempt.kind is not RequestKind.WHOLE, attempt.number))
    if _failed(answered):  # all of its text had come, but not its end: that came from the one after it
        return tries
    return [attempt for attempt in tries if attempt.number <= answered.number]


def _failed(attempt: AttemptLog) -> bool:
    """Tell whether an attempt was not answered in full: a fault struck, or the client gave it up because of one.

    A redirect is no failure: the answer is elsewhere (RFC 9110, 15.4).
    """
    plan = attempt.plan
    if plan.redirects:
        return False
    return bool(plan.breaking) or plan.status != 200 or (bool(plan.faults) and over_t(attempt) is None)


def undecided(outcome: Outcome, tokens: TokenJournal) -> str | None:
    """Say why an outcome can't be relied on: it depends on output that was not kept. None if it can."""
    if not tokens.unkept_bytes or outcome not in _ON_EVERYTHING:
        return None
    return f"{tokens.unkept_bytes} bytes of the client's output could not be kept or understood"


_ON_EVERYTHING = frozenset(
    {
        Outcome.CLEAN,
        Outcome.CANCELLED,
        Outcome.RECOVERED,
        Outcome.DEGRADED,
        Outcome.FAILED_LOUDLY,
        Outcome.TRUNCATED_SILENTLY,
    }
)
"""What only the whole output can show; a flaw that was seen stays one."""


def recovered_by(outcome: Outcome, ledger: Ledger, wire: WireJournal) -> RecoveredBy | None:
    """Tell how a client that recovered did it, from the wire and the ledger, never from its word.

    The request that was answered in full decides: one for the rest of the answer is told by what it asked. One
    that began anew took shown text back, or had shown nothing yet of what it was sent, or shows only what is new.
    """
    if outcome is not Outcome.RECOVERED:
        return None
    *failed, answered = _up_to_the_answer(ledger, wire)
    if answered.kind is RequestKind.RESUME:
        return RecoveredBy.RESUMED
    if answered.kind is RequestKind.CONTINUE:
        return RecoveredBy.CONTINUED
    shown_before = any(token.t < answered.t for token in ledger.firsts)
    if ledger.withdrawn or shown_before:
        return RecoveredBy.RESTARTED
    had_tokens = any(
        getattr(attempt.plan.ops[played.op], "tokens", ()) for attempt in failed for played in attempt.played
    )
    return RecoveredBy.HELD_BACK if had_tokens else RecoveredBy.RETRIED
