"""What several repeats of a run say together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ssedrill.judging.checks import CHECKS
from ssedrill.judging.checks.backoff import OverRepeats
from ssedrill.judging.checks.check import CheckKind
from ssedrill.model.record import Check, Record, Repeats, Status, Verdict
from ssedrill.model.scenario import Expectation, Scenario
from ssedrill.running.job import Job

_SAYS_NOTHING = (Verdict.UNSUPPORTED,)
_WORST_LAST = (Status.NOT_ASKED, Status.DOES_NOT_APPLY, Status.OK, Status.BROKEN)


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


def _checks(scenario: Scenario, group: Sequence[Record]) -> list[Check]:
    """Answer for each call what is asked of it; of several calls the one of which the answer is worst speaks for all.

    What a call waits is laid beside what the same call waits in other runs: in the order of all requests of a run one
    call's waits are none.
    """
    if not (
        asked := [(check, one, calls) for check, one, calls in _asked(scenario) if isinstance(check, OverRepeats)]
    ):
        return []
    wires = [run.wire.of_client.by_call for run in group]
    found = (
        [check.over_repeats([wire[call] for wire in wires if call in wire], one) for call in calls]
        for check, one, calls in asked
    )
    return [max(answers, key=lambda answer: _WORST_LAST.index(answer.status)) for answers in found if answers]


def _asked(scenario: Scenario) -> Iterator[tuple[CheckKind, Expectation, Sequence[int]]]:
    """Give what is asked of calls, with those that are held to it: what a group asks goes before the scenario's."""
    first, shared = 1, [] if scenario.calls else [1]
    for group in scenario.calls:
        calls = range(first, first + group.count)
        first += group.count
        yield from ((CHECKS[one.key], one, calls) for one in group.expectations)
        shared += [] if group.expectations else calls
    yield from ((CHECKS[one.key], one, shared) for one in scenario.expectations)
