"""From what was seen of the calls of a run to what came of each, and of all together; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf

from ssedrill.dialects import find_dialect
from ssedrill.judging.judge import judge, judge_run, unasked_everywhere, why_unable, why_unasked, worst_of
from ssedrill.judging.metrics import Measured, measure
from ssedrill.judging.narrative import broken_by_run, summarize
from ssedrill.judging.outcome import outcome_of, recovered_by, undecided
from ssedrill.judging.run_measures import RunMeasured, combined
from ssedrill.judging.written import ROUNDING_S
from ssedrill.model.call_log import CallLog
from ssedrill.model.phrases import listed, plural
from ssedrill.model.record import CallRecord, Check, Claim, Outcome, Record, RecoveredBy, Verdict
from ssedrill.model.scenario import OUTCOME, Scenario
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.token_runs import folded
from ssedrill.model.wire_journal import WireJournal
from ssedrill.planning.reads import reads_of


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one call."""

    measured: Measured
    outcome: Outcome
    checks: list[Check]
    verdict: Verdict
    how: RecoveredBy | None
    summary: str


def judge_call(
    scenario: Scenario,
    seen: WireJournal,
    tokens: TokenJournal,
    ended_t: float | None,
    *,
    dialect: str,
    can: frozenset[str],
    lost: bool,
    harm: str,
    began_t: float = 0.0,
    one_of_several: bool = False,
    was_there: bool = False,
    asked_nothing: bool = False,
    is_able: bool = False,
    to_be_stopped: bool = False,
    cut_short: bool = False,
) -> Judged:
    """Judge a call, or the only one of a run, by its journals; ``lost`` and ``harm`` are as in ``assess``.

    A client that ``was_there`` has made requests in this run, be it in another call: if it is dead, nobody wonders
    whether it could be started at all. If it also ``asked_nothing``, no request of the run can be this call's: then
    what went wrong in it (it waits for ever for a connection of a pool that is used up) is the client's own doing.
    What went well proves nothing, but that it could be told to stop while it waited, if that is all that was asked.
    One that ``is_able`` has shown text, or claimed to be done, in another call. That a call which was
    ``to_be_stopped`` was over before that, and all right, is no fault of the client's. Nor is the end of one that was
    ``cut_short`` since another call made requests without an end.
    """
    wire = seen.of_client
    spoken = find_dialect(dialect)
    measured = measure(
        scenario,
        seen,
        tokens,
        ended_t,
        numbered=spoken.numbered,
        began_t=began_t,
        reads=reads_of(spoken),
        dialect=dialect,
        is_able=is_able,
    )
    if measured.claim is not Claim.NONE and (unable := why_unable(scenario, can)):
        measured = replace(measured, unsupported=unable)
    if harm and measured.untested is not None and measured.crashed is None:
        measured, lost = replace(measured, crashed=harm), True
    verdict_on = partial(_judged, scenario, wire, tokens, can=can, one_of_several=one_of_several, was_there=was_there)
    judged = verdict_on(measured, lost=lost)
    stopped = measured.cancel is not None
    early = tokens.stopped_t is not None and tokens.stopped_t - began_t < scenario.deadline_s - ROUNDING_S
    # One that was ended alone, before its deadline, let no time pass.
    had_time = measured.claim is not Claim.NONE or stopped or (tokens.stopped and not (early and ended_t is None))
    if asked_nothing and judged.outcome is Outcome.NOT_TESTED and had_time:
        by_itself = verdict_on(
            replace(measured, untested=None, never_came=measured.untested, asked_nothing=True), lost=lost
        )
        asked_to_stop = stopped and not any(attempt.faults for attempt in scenario.attempts)
        if by_itself.verdict is Verdict.FAIL or asked_to_stop:
            return by_itself
    if cut_short and early and judged.outcome is Outcome.HUNG:
        return verdict_on(replace(measured, untested="another call looped, and the run was ended"), lost=lost)
    if to_be_stopped and not stopped and judged.outcome is Outcome.CLEAN and _broken(judged) == {OUTCOME}:
        return verdict_on(replace(measured, untested="it was over before it was to be told to stop"), lost=lost)
    return judged


def _broken(judged: Judged) -> set[str]:
    return {check.id for check in judged.checks if check.verdict is Verdict.FAIL}


def _judged(
    scenario: Scenario,
    wire: WireJournal,
    tokens: TokenJournal,
    measured: Measured,
    *,
    can: frozenset[str],
    lost: bool,
    one_of_several: bool,
    was_there: bool,
) -> Judged:
    gone = measured.crashed is not None and measured.claim is Claim.NONE
    lost = lost or (was_there and gone and measured.untested is not None)
    untested = measured.untested
    outcome = outcome_of(measured, wire, max_requests=scenario.max_requests, patience_s=scenario.patience_s)
    if lost:
        untested, outcome = None, Outcome.CRASHED
    elif one_of_several and untested is None and len(wire.attempts) > scenario.max_requests:
        outcome = Outcome.LOOPING  # also behind the end of the call: nothing else ends that
    elif lacking := undecided(outcome, tokens):
        untested, outcome = lacking, Outcome.NOT_TESTED
    how = recovered_by(outcome, measured.ledger, wire)
    checks, verdict = judge(scenario, measured, outcome, untested, can=can, one_of_several=one_of_several)
    if lost:
        verdict = Verdict.FAIL
    elif untested is None and verdict is Verdict.NOT_TESTED:
        untested, outcome, how = why_unasked(checks), Outcome.NOT_TESTED, None
    summary = summarize(outcome, measured, wire, untested=untested, how=how)
    return Judged(measured, outcome, checks, verdict, how, summary)


def judged_calls(
    scenario: Scenario,
    record: Record,
    logs: Sequence[CallLog],
    ended_t: float,
    *,
    can: frozenset[str],
    lost: bool,
    harm: str,
    closed_by_exit: bool,
) -> Record:
    """Complete the record of a run with several calls: the worst of them speaks for it.

    ``record`` has the wire. A client that took its process down has crashed in the calls that were open then.
    ``closed_by_exit``: the end of the client closes its connections, whatever it does.
    """
    wire = record.wire
    several = scenario.call_count > 1
    by_call, was_there = (wire.by_call, bool(wire.of_client.requests)) if several else ({}, False)
    able = {log.number for log in logs if any(entry.kind in ("text", "done") for entry in log.tokens.entries)}
    astray_t = max((one.t for one in wire.attempts if one.note or not one.call), default=-inf)
    looping = {call for call, own in by_call.items() if call and len(own.attempts) > scenario.max_requests}
    judged = [
        judge_call(
            scenario.for_call(log.number),
            by_call.get(log.number, WireJournal(flooded=wire.flooded)) if several else wire,
            log.tokens,
            log.ended_t,
            dialect=record.dialect,
            can=can,
            lost=lost and log.ended_t is None,
            harm=harm,
            began_t=log.began_t,
            one_of_several=True,
            was_there=was_there,
            asked_nothing=was_there and log.number not in by_call and astray_t < log.began_t,
            is_able=len(able) > (log.number in able),
            to_be_stopped=scenario.calls[log.group - 1].cancel is not None,
            cut_short=len(looping) > (log.number in looping),
        )
        for log in logs
    ]
    run = RunMeasured(wire.of_client, [one.measured for one in judged], closed_by_exit)
    checks = judge_run(scenario, run)
    verdict = max((one.verdict for one in judged), key=lambda one: one.badness, default=Verdict.NOT_TESTED)
    verdict = worst_of(verdict, checks)
    outcome = _worst_outcome([one.outcome for one in judged], verdict)
    proved = [(log.group, one.checks) for log, one in zip(logs, judged, strict=True) if one.outcome.is_tested]
    unasked = None if verdict is Verdict.NOT_TESTED else unasked_everywhere(scenario, proved)  # the call tells why
    unproved = _missing(scenario, logs) or unasked or why_unasked(checks)
    why = run.whose or (None if lost else unproved)
    if lost:
        outcome, verdict = max(outcome, Outcome.CRASHED, key=lambda one: one.badness), Verdict.FAIL
    elif why and verdict is not Verdict.FAIL:
        outcome, verdict = Outcome.NOT_TESTED, Verdict.NOT_TESTED
    worst = max(judged, key=lambda one: (one.verdict.badness, one.outcome.badness), default=None)
    return replace(
        record,
        outcome=outcome,
        verdict=verdict,
        claim=record.claim if worst is None else worst.measured.claim,
        summary=_told(logs, judged, why if verdict is Verdict.NOT_TESTED else None, broken_by_run(checks, verdict)),
        checks=checks,
        numbers=combined([one.measured.numbers for one in judged], ended_t),
        error=None if worst is None else worst.measured.error,
        calls=[_call(log, one) for log, one in zip(logs, judged, strict=True)],
    )


def _worst_outcome(outcomes: Sequence[Outcome], verdict: Verdict) -> Outcome:
    """Return the outcome that speaks for a run: one of those that were tested, if the verdict comes from them."""
    tested = [one for one in outcomes if one.is_tested]
    told = outcomes if verdict in (Verdict.NOT_TESTED, Verdict.UNSUPPORTED) else tested or outcomes
    return max(told, key=lambda one: one.badness, default=Outcome.NOT_TESTED)


def _call(log: CallLog, one: Judged) -> CallRecord:
    measured = one.measured
    return CallRecord(
        number=log.number,
        group=log.group,
        outcome=one.outcome,
        claim=measured.claim,
        verdict=one.verdict,
        summary=one.summary,
        began_t=log.began_t,
        ended_t=log.ended_t,
        checks=one.checks,
        recovered_by=one.how,
        numbers=measured.numbers,
        error=measured.error,
        cancelled_t=log.cancelled_t,
        cancel=measured.cancel,
        shown=folded(measured.ledger.tokens),
        tokens=log.tokens,
    )


def _missing(scenario: Scenario, logs: Sequence[CallLog]) -> str | None:
    lacking = scenario.call_count - len(logs)
    return f"{plural(lacking, 'call')} of {scenario.call_count} never began" if lacking else None


def _told(logs: Sequence[CallLog], judged: Sequence[Judged], why: str | None, broken: str) -> str:
    """Return one sentence: how many calls came to what, and what is worst: a call, or what the run has ``broken``."""
    found = Counter(one.outcome for one in judged)
    counted = listed([f"{found[outcome]} {outcome}" for outcome in Outcome if found[outcome]])
    told = f"{plural(len(judged), 'call')}: {counted}" if judged else "no call began"
    if why:
        return f"proves nothing: {why}; {told}"
    pairs = zip(logs, judged, strict=True)
    worst = max(pairs, key=lambda pair: (pair[1].verdict.badness, pair[1].outcome.badness), default=None)
    if worst is None:
        return told
    call = f"call {worst[0].number} {worst[1].summary}"
    as_bad = not broken or worst[1].verdict is Verdict.FAIL
    return "; ".join([told, *([broken] if broken else []), *([call] if as_bad else [])])
