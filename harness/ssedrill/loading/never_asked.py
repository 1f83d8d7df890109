"""Expectations that nothing in a scenario could ever put to the test."""

from __future__ import annotations

from ssedrill.judging.checks import CHECKS
from ssedrill.judging.checks.stimulus import Prospect
from ssedrill.loading.problems import Report
from ssedrill.model.scenario import Scenario
from ssedrill.planning.compile import trial


def check_asked(scenario: Scenario, report: Report) -> None:
    """Note every expectation whose stimulus no attempt gives: it would hold whatever the client does."""
    prospect = Prospect(scenario, trial(scenario))
    for expectation in scenario.expectations:
        stimulus = CHECKS[expectation.key].stimulus
        if not stimulus.possible(prospect):
            key = f"{expectation.severity}.{expectation.key}"
            report.add(key, f"it can never be asked: in no attempt is there {stimulus.named}", stimulus.remedy)
