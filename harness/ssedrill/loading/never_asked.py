"""Expectations that nothing in a scenario could ever put to the test."""

from __future__ import annotations

from dataclasses import replace

from ssedrill.dialects import find_dialect
from ssedrill.judging.checks import CHECKS
from ssedrill.judging.checks.stimulus import Prospect
from ssedrill.judging.told import in_plan
from ssedrill.loading.calls import Variant, variants
from ssedrill.loading.problems import Report
from ssedrill.model.scenario import Expectation, Scenario
from ssedrill.model.told import Told
from ssedrill.planning.compile import trial
from ssedrill.planning.reads import reads_of


def check_asked(scenario: Scenario, report: Report) -> None:
    """Note every expectation whose stimulus no attempt gives: it would hold whatever the client does.

    What all calls are held to need be asked of one of them only.
    """
    found = [(one, _prospect(one)) for one in variants(scenario)]
    shared = [prospect for one, prospect in found if not _has_own(scenario, one)]
    for expectation in scenario.expectations:
        if not shared and not expectation.of_run:
            key = f"{expectation.severity}.{expectation.key}"
            report.add(key, "no call is held to it, as each group has its own", "leave it out, or a group's own")
        else:
            _check(expectation, [one for _, one in found] if expectation.of_run else shared, report)
    for i, group in enumerate(scenario.calls):
        own = [prospect for one, prospect in found if one.place == f"call[{i}]"]
        for expectation in group.expectations:
            _check(expectation, own, report.under(f"call[{i}]"))


def _has_own(scenario: Scenario, variant: Variant) -> bool:
    """Tell whether what a variant is held to is its group's own."""
    groups = (group for i, group in enumerate(scenario.calls) if variant.place == f"call[{i}]")
    return any(group.expectations for group in groups)


def _check(expectation: Expectation, prospects: list[Prospect], report: Report) -> None:
    stimulus = CHECKS[expectation.key].stimulus
    if not any(CHECKS[expectation.key].possible(prospect, expectation) for prospect in prospects):
        key = f"{expectation.severity}.{expectation.key}"
        report.add(key, f"it can never be asked: in no attempt is there {stimulus.named}", stimulus.remedy)


def _prospect(variant: Variant) -> Prospect:
    scenario = variant.scenario
    return Prospect(scenario, trial(scenario), variant.cancels, lambda: _told(scenario))


def _told(scenario: Scenario) -> list[Told]:
    """Return what the answers of all attempts say besides their text, in every dialect."""
    found = []
    for name in scenario.dialects:
        reads = reads_of(find_dialect(name))
        found += [in_plan(plan.ops, reads) for plan in trial(replace(scenario, dialects=(name,)))]
    return found
