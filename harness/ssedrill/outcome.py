"""Claim and ledger in one word, and how a client got over its drop."""

from __future__ import annotations

from typing import Literal

from ssedrill.metrics import Numbers
from ssedrill.record import Claim, Outcome, TokenJournal, WireJournal
from ssedrill_faults.plan import Open


def outcome_of(
    numbers: Numbers, wire: WireJournal, tokens: TokenJournal, *, max_requests: int, untested: str | None
) -> Outcome:
    """Return the outcome of a run; ``untested`` says why it proves nothing, where that is so."""
    if any(entry.kind == "unsupported" for entry in tokens.entries):
        return Outcome.UNSUPPORTED
    if untested is not None:
        return Outcome.NOT_TESTED
    if numbers.claim is Claim.NONE:
        if numbers.requests > max_requests:
            return Outcome.LOOPING
        return Outcome.CRASHED if tokens.crashed is not None else Outcome.HUNG
    ledger = numbers.ledger
    if numbers.claim is Claim.ERROR:
        return Outcome.FAILED_LOUDLY if ledger.right_so_far else Outcome.FAILED_DIRTY
    if ledger.exact:
        return _good(wire)
    if ledger.spliced:
        return Outcome.SPLICED
    if ledger.corrupted or (ledger.reordered and not ledger.lost):
        return Outcome.CORRUPTED
    return Outcome.TRUNCATED_SILENTLY if ledger.lost else Outcome.DUPLICATED


def _good(wire: WireJournal) -> Outcome:
    tries = [attempt for attempt in wire.attempts if attempt.kind != "gone"]
    if tries[-1].kind == "whole":
        return Outcome.DEGRADED
    return Outcome.CLEAN if len(tries) == 1 else Outcome.RECOVERED


def recovered_by(
    outcome: Outcome, numbers: Numbers, wire: WireJournal
) -> Literal["resumed", "continued", "restarted", "held-back", "retried"] | None:
    """Tell how a client that recovered did it, from the wire and the ledger, never from its word."""
    if outcome is not Outcome.RECOVERED:
        return None
    kinds = {attempt.kind for attempt in wire.attempts}
    if "resume" in kinds:
        return "resumed"
    if "continue" in kinds:
        return "continued"
    if numbers.ledger.withdrawn:
        return "restarted"
    failed = [attempt for attempt in wire.attempts[:-1] if isinstance(attempt.plan.door, Open)]
    had_tokens = any(
        getattr(attempt.plan.ops[played.op], "tokens", ()) for attempt in failed for played in attempt.played
    )
    return "held-back" if had_tokens else "retried"
