"""From what was seen of a run to its record; pure."""

from __future__ import annotations

from dataclasses import replace

from ssedrill.dialects import find_dialect
from ssedrill.judging.judge import judge, why_unasked
from ssedrill.judging.metrics import measure
from ssedrill.judging.narrative import summarize
from ssedrill.judging.outcome import outcome_of, recovered_by, undecided
from ssedrill.model.record import Claim, Outcome, Record, Verdict
from ssedrill.model.secrets.records import redacted
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.token_runs import folded
from ssedrill.model.wire_journal import WireJournal
from ssedrill.running.job import Job, secrets_of
from ssedrill.running.seen import NotRun, Seen


def record_of(job: Job, found: Seen | NotRun, *, lost: bool = False) -> Record:
    """Judge what was seen of a run; ``lost`` says that the client took the process down in which it ran."""
    if isinstance(found, NotRun):
        return not_run(job, found.why)
    record = assess(job, found.wire, found.tokens, found.ended_t, clock=found.clock, lost=lost, harm=found.harm)
    record.wall_s = found.wall_s
    record.notes += [*found.tokens.notes, *found.remarks]
    if found.why_real is not None:
        record.notes.insert(0, f"on the real clock: {found.why_real}")
    return redacted(record, found.secrets)


def not_run(job: Job, why: str) -> Record:
    """Return the record of a job that was not done at all."""
    record = Record(
        scenario=job.scenario.name,
        client=job.client.name,
        dialect=job.dialect,
        seed=job.seed,
        clock="none",
        outcome=Outcome.NOT_TESTED,
        claim=Claim.NONE,
        verdict=Verdict.NOT_TESTED,
        summary=f"proves nothing: {why}",
        repeat=job.repeat,
    )
    return redacted(record, secrets_of(job))


def assess(
    job: Job,
    wire: WireJournal,
    tokens: TokenJournal,
    ended_t: float,
    *,
    clock: str,
    lost: bool = False,
    harm: str = "",
) -> Record:
    """Make the record of a run from its journals; pure.

    A run whose process was ``lost``, or that the client flooded, is crashed, whatever was claimed or met by then. So
    is one that proves nothing if the client has done ``harm`` to its process: that is why.
    """
    scenario = job.scenario
    seen, wire, lost = wire, wire.of_client, lost or bool(wire.flooded)
    measured = measure(scenario, seen, tokens, ended_t, numbered=find_dialect(job.dialect).numbered)
    if harm and measured.untested is not None and measured.crashed is None:
        measured, lost = replace(measured, crashed=harm), True
    untested = measured.untested
    outcome = outcome_of(measured, wire, max_requests=scenario.max_requests)
    if lost:
        untested, outcome = None, Outcome.CRASHED
    elif lacking := undecided(outcome, tokens):
        untested, outcome = lacking, Outcome.NOT_TESTED
    how = recovered_by(outcome, measured.ledger, wire)
    checks, verdict = judge(scenario, measured, outcome, untested)
    if lost:
        verdict = Verdict.FAIL
    elif untested is None and verdict is Verdict.NOT_TESTED:
        untested, outcome, how = why_unasked(checks), Outcome.NOT_TESTED, None
    return Record(
        scenario=scenario.name,
        client=job.client.name,
        dialect=job.dialect,
        seed=job.seed,
        clock=clock,
        outcome=outcome,
        claim=measured.claim,
        verdict=verdict,
        summary=summarize(outcome, measured, wire, untested=untested, how=how),
        checks=checks,
        recovered_by=how,
        numbers=measured.numbers,
        error=measured.error,
        repeat=job.repeat,
        shown=folded(measured.ledger.tokens),
        wire=seen,
        tokens=tokens,
    )
