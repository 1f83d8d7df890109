"""What several repeats of a run say together."""

from __future__ import annotations

from collections.abc import Iterable

from ssedrill.judging.checks import CHECKS
from ssedrill.judging.checks.backoff import OverRepeats
from ssedrill.model.record import Check, Record, Repeats, Verdict
from ssedrill.model.scenario import Scenario
from ssedrill.running.job import Job

_SAYS_NOTHING = (Verdict.UNSUPPORTED,)


def repeats_of(jobs: Iterable[Job], runs: Iterable[Record]) -> list[Repeats]:
    """Return an answer for each scenario, client and dialect of which something is asked over repeats."""
    scenarios = {job.scenario.name: job.scenario for job in jobs}
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for run in runs:
        if run.scenario in scenarios and run.verdict not in _SAYS_NOTHING:
            groups.setdefault((run.scenario, run.client, run.dialect), []).append(run)
    found = (
        Repeats(*names, len(group), checks)
        for names, group in groups.items()
        if (checks := _checks(scenarios[names[0]], group))
    )
    return list(found)


def _checks(scenario: Scenario, group: list[Record]) -> list[Check]:
    wires = [run.wire.of_client for run in group]
    asked = [(CHECKS[one.key], one) for one in scenario.expectations]
    return [check.over_repeats(wires, one) for check, one in asked if isinstance(check, OverRepeats)]
