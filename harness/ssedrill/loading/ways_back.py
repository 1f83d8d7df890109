"""Attempts for requests that go on with an answer, in dialects that have no such requests: nobody could meet them."""

from __future__ import annotations

from ssedrill.dialects import find_dialect
from ssedrill.loading.problems import Report
from ssedrill.model.scenario import Attempt, Scenario
from ssedrill.planning.sample_requests import goes_on


def lacks_way_back(attempt: Attempt, dialect: str) -> bool:
    """Tell whether an attempt has faults in a dialect for requests that the dialect has not."""
    if attempt.when is None or not attempt.when.resume or goes_on(find_dialect(dialect)):
        return False
    return any(not fault.dialects or dialect in fault.dialects for fault in attempt.faults)


def check_ways_back(scenario: Scenario, report: Report) -> None:
    """Note every such attempt."""
    for i, attempt in enumerate(scenario.attempts):
        if lacking := [name for name in scenario.dialects if lacks_way_back(attempt, name)]:
            wrong = f"no request of {' and '.join(lacking)} goes on with an answer, so that nobody meets the faults"
            report.add(f"attempt[{i}].when.resume", wrong, "leave that out of the dialects")
