"""Faults that wait for a request of a kind: whether the client came that way."""

from __future__ import annotations

from collections.abc import Sequence

from ssedrill.judging.faults_met import FaultMet
from ssedrill.model.scenario import Attempt, Scenario
from ssedrill.model.wire_journal import WireJournal


def never_came(scenario: Scenario, wire: WireJournal, faults: Sequence[FaultMet], dialect: str) -> str | None:
    """Say which fault the client did not meet since it never came in the way that the fault is meant for.

    None if it met one of those that are so, or if there are none. One for requests that lack a header is a trap: a
    client that does everything right never meets it. ``dialect`` is the run's; empty if it is not known.
    """
    waiting = {
        number: attempt
        for number, attempt in enumerate(scenario.attempts, start=1)
        if attempt.when is not None and not attempt.when.lacks and _names(attempt, dialect)
    }
    reached = {fault.attempt for fault in faults if fault.reached}
    if not waiting or any(attempt.plan.rule in waiting and attempt.number in reached for attempt in wire.attempts):
        return None
    first = next(iter(waiting.values()))
    assert first.when is not None
    named = " and ".join(_names(first, dialect))
    if any(attempt.plan.rule in waiting and attempt.plan.faults for attempt in wire.attempts):
        return f"the client had stopped reading before {named}, which is for a request {first.when.words}"
    if any(attempt.plan.rule in waiting for attempt in wire.attempts):
        return f"the answer to the request {first.when.words} was too short for {named}"
    return f"no request came {first.when.words}, so {named} was not met"


def _names(attempt: Attempt, dialect: str) -> list[str]:
    return [fault.name for fault in attempt.faults if not (fault.dialects and dialect not in ("", *fault.dialects))]
