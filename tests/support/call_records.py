"""Hand-made records of runs with several calls."""

from __future__ import annotations

from dataclasses import replace

from ssedrill.model.record import CallRecord, CancelNumbers, Check, Outcome, Record, Severity, Status
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, WireJournal
from support.records import duplicated, passed, raised

Made = tuple[CallRecord, list[AttemptLog]]
"""A call, and its attempts, numbered from 1."""


def call_of(run: Record, group: int = 1, **changes: object) -> Made:
    """Return a call that went as a run did."""
    call = CallRecord(
        number=1,
        group=group,
        outcome=run.outcome,
        claim=run.claim,
        verdict=run.verdict,
        summary=run.summary,
        began_t=0.0,
        ended_t=run.numbers.elapsed_s,
        checks=run.checks,
        recovered_by=run.recovered_by,
        numbers=run.numbers,
        error=run.error,
        shown=run.shown,
        tokens=run.tokens,
    )
    return replace(call, **changes), run.wire.attempts  # type: ignore[arg-type]


def good(group: int = 1) -> Made:
    """Return a call in which nothing went wrong."""
    return call_of(passed(), group)


def bad(group: int = 1) -> Made:
    """Return a call that showed 12 tokens twice, which breaks a MUST and a SHOULD."""
    return call_of(duplicated(), group)


def loud(message: str, group: int = 1) -> Made:
    """Return a call whose client raised an error with this message."""
    return call_of(raised(message), group)


def stopped(group: int = 1, **numbers: object) -> Made:
    """Return a call that was told to stop after token 5, with these numbers of its cancel."""
    run = passed(
        outcome=Outcome.CANCELLED,
        summary="was over 0 ms after it was told to stop, at 5 of 40 tokens; 1 request",
        checks=[Check("outcome", Severity.MUST, Status.OK, "cancelled", "cancelled")],
    )
    entries = [*run.tokens.entries[:5], TokenEntry(6, 0.025, "cancelled")]
    [attempt] = run.wire.attempts
    attempts = [replace(attempt, played=attempt.played[:13], left="eof", left_t=0.025, done_t=None)]
    given = {"over_s": 0.0, "closed_s": 0.0, **numbers}
    run = replace(run, tokens=TokenJournal(entries), wire=WireJournal([], attempts))
    shown = [replace(run.shown[0], count=5)]
    cancel = CancelNumbers(**given)  # type: ignore[arg-type]
    return call_of(run, group, ended_t=0.025, cancelled_t=0.025, cancel=cancel, shown=shown)


def several(*calls: Made, **changes: object) -> Record:
    """Return a run with these calls, all begun at once, each with connections of its own; the worst speaks for it."""
    told: list[CallRecord] = []
    attempts: list[AttemptLog] = []
    for number, (call, own) in enumerate(calls, start=1):
        told.append(replace(call, number=number))
        attempts += [
            replace(one, number=len(attempts) + i, conn=len(attempts) + i, call=number)
            for i, one in enumerate(own, start=1)
        ]
    worst = max(told, key=lambda call: (call.verdict.badness, call.outcome.badness))
    run = replace(
        passed("pool", "eager"),
        outcome=worst.outcome,
        verdict=worst.verdict,
        claim=worst.claim,
        summary=f"{len(told)} calls; call {worst.number} {worst.summary}",
        checks=[],
        shown=[],
        tokens=TokenJournal(),
        wire=WireJournal([ConnectionLog(one.conn, one.t, 9.0, "client", "eof") for one in attempts], attempts),
        calls=told,
    )
    return replace(run, **changes)  # type: ignore[arg-type]
