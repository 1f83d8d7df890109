"""From what was seen of a run to its record; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ssedrill.dialects import find_dialect
from ssedrill.judging.judge import judge_run, judge_wire, why_unable, why_unasked, worst_of
from ssedrill.judging.metrics import measure
from ssedrill.judging.narrative import broken_by_run
from ssedrill.judging.really_read import as_read
from ssedrill.judging.run_measures import RunMeasured
from ssedrill.model.call_log import CallLog
from ssedrill.model.clean_text import safe
from ssedrill.model.record import Check, Claim, Outcome, Record, Verdict
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.secrets.records import redacted
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.token_runs import folded
from ssedrill.model.wire_journal import WireJournal
from ssedrill.planning.reads import reads_of
from ssedrill.running.job import Job, secrets_of
from ssedrill.running.judged_calls import judge_call, judged_calls
from ssedrill.running.seen import NotRun, Seen

LONGEST_WORDS = 300
"""So many characters of what a program said last are told."""


def record_of(job: Job, found: Seen | NotRun, *, lost: bool = False) -> Record:
    """Judge what was seen of a run; ``lost`` says that the client took the process down in which it ran."""
    if isinstance(found, NotRun):
        return not_run(job, found.why, unsupported=found.unsupported)
    record = assess(
        job,
        found.wire,
        found.tokens,
        found.ended_t,
        clock=found.clock,
        lost=lost,
        harm=found.harm,
        calls=found.calls,
        began_t=found.began_t,
    )
    record.wall_s = found.wall_s
    record.notes += [*found.tokens.notes, *found.remarks]
    record.printed = found.printed
    died = found.tokens.crashed or ""
    if (died or record.outcome is Outcome.CRASHED) and (words := record.last_words) and words not in died:
        record.notes.append(f"its last words: {safe(words, LONGEST_WORDS)}")
    if found.why_real is not None:
        record.notes.insert(0, f"on the real clock: {found.why_real}")
    return redacted(record, found.secrets)


def not_run(job: Job, why: str, *, unsupported: bool = False) -> Record:
    """Return the record of a job that was not done at all; ``unsupported``: as the client can't do it."""
    record = Record(
        scenario=job.scenario.name,
        client=job.client.name,
        dialect=job.dialect,
        seed=job.seed,
        clock="none",
        outcome=Outcome.UNSUPPORTED if unsupported else Outcome.NOT_TESTED,
        claim=Claim.NONE,
        verdict=Verdict.UNSUPPORTED if unsupported else Verdict.NOT_TESTED,
        summary=why if unsupported else f"proves nothing: {why}",
        repeat=job.repeat,
        spec=job.client.spec,
    )
    return redacted(record, secrets_of(job))


def unable(job: Job) -> Record | None:
    """Return the record of a job that its client can't do, as far as that is known before a run."""
    if job.client.can_more or (why := why_unable(job.scenario, job.client.can)) is None:
        return None
    return not_run(job, why, unsupported=True)


def on_wire(job: Job, wire: WireJournal, ended_t: float, secrets: Secrets) -> tuple[list[Check], Verdict]:
    """Judge what the wire alone can answer, as if nobody could say what was shown; of several calls, of the run.

    The verdict is as in :func:`~ssedrill.judging.judge.judge_wire`: never a pass.
    """
    spoken, own = find_dialect(job.dialect), job.scenario
    measured = measure(
        own.for_call(1),
        wire,
        TokenJournal(),
        ended_t,
        numbered=spoken.numbered,
        reads=reads_of(spoken),
        dialect=spoken.name,
    )
    calls = sorted(wire.of_client.by_call.items())
    each = [replace(measured, wire=of_call) for _, of_call in calls]
    run = RunMeasured(wire.of_client, each, closed_by_exit=not job.client.driver.connects_in_process)
    asked = replace(own, expectations=tuple(one for one in own.expectations if one.of_run)) if own.calls else own
    checks, verdict = judge_wire(asked, measured, run)
    told = [replace(one, expected=secrets.text(one.expected), got=secrets.text(one.got)) for one in checks]
    return told, verdict


def assess(
    job: Job,
    wire: WireJournal,
    tokens: TokenJournal,
    ended_t: float,
    *,
    clock: str,
    lost: bool = False,
    harm: str = "",
    calls: Sequence[CallLog] | None = None,
    began_t: float = 0.0,
) -> Record:
    """Make the record of a run from its journals; pure.

    A run whose process was ``lost``, or that the client flooded, is crashed, whatever was claimed or met by then. So
    is one that proves nothing if the client has done ``harm`` to its process: that is why. With ``calls``, they have
    the tokens, and each is judged by itself; without them there was one call, which began at ``began_t``.
    """
    closed_by_exit = not job.client.driver.connects_in_process
    if closed_by_exit:  # what a program shows is heard after the fact; who shows in this process may have guessed
        wire = as_read(wire, [tokens] if calls is None else [log.tokens for log in calls], job.scenario.stream.text)
    lost, can = lost or bool(wire.flooded), job.client.can | frozenset(tokens.can or ())
    record = Record(
        scenario=job.scenario.name,
        client=job.client.name,
        dialect=job.dialect,
        seed=job.seed,
        clock=clock,
        outcome=Outcome.NOT_TESTED,
        claim=Claim.NONE,
        verdict=Verdict.NOT_TESTED,
        repeat=job.repeat,
        spec=job.client.spec,
        wire=wire,
        tokens=tokens,
    )
    if calls is not None:
        return judged_calls(
            job.scenario, record, calls, ended_t, can=can, lost=lost, harm=harm, closed_by_exit=closed_by_exit
        )
    one = judge_call(
        job.scenario.for_call(1),
        wire,
        tokens,
        ended_t,
        dialect=job.dialect,
        can=can,
        lost=lost,
        harm=harm,
        began_t=began_t,
    )
    checks, verdict, summary, outcome = one.checks, one.verdict, one.summary, one.outcome
    if run_checks := judge_run(job.scenario, RunMeasured(wire.of_client, [one.measured], closed_by_exit)):
        checks, verdict = [*checks, *run_checks], worst_of(verdict, run_checks)
        summary = "; ".join(filter(None, [summary, broken_by_run(run_checks, verdict)]))
        if verdict is Verdict.NOT_TESTED and (why := why_unasked(run_checks)) is not None:
            outcome, summary = Outcome.NOT_TESTED, f"proves nothing: {why}"
    return replace(
        record,
        outcome=outcome,
        claim=one.measured.claim,
        verdict=verdict,
        summary=summary,
        checks=checks,
        recovered_by=one.how,
        numbers=one.measured.numbers,
        error=one.measured.error,
        shown=folded(one.measured.ledger.tokens),
    )
