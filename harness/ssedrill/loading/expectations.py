"""What a scenario, or one of its groups of calls, says must and should come of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssedrill.judging.checks import CHECKS
from ssedrill.judging.checks.check import CheckKind
from ssedrill.loading.durations import parse_comparison
from ssedrill.loading.problems import Report, Wrong, joined, nearest, shown
from ssedrill.loading.words import read_names, read_word
from ssedrill.model.record import Outcome, Severity
from ssedrill.model.scenario import RUN_PREFIX, Comparison, Expectation, Unit

JUDGED = tuple(outcome for outcome in Outcome if outcome.is_tested)
"""The outcomes that a scenario may ask for: the other two say that nothing was found out."""


def read_expectations(table: Mapping[str, Any], report: Report, *, of_group: bool = False) -> tuple[Expectation, ...]:
    """Return the expectations of a table, as far as they can be read.

    That of a group of calls (``of_group``) may have none at all, and none that is asked of the whole run.
    """
    found: list[Expectation] = []
    for severity in Severity:
        asked = table.get(severity.value, {})
        if not isinstance(asked, dict):
            report.add(severity.value, f"{shown(asked)} is no table", f"head it [{severity.value}]")
            continue
        if severity is Severity.MUST and not asked and not (of_group and severity.value not in table):
            right = 'say what must come of it, as in outcome = ["recovered", "failed-loudly"] under [must]'
            report.add(severity.value, "missing or empty: nothing could make this drill fail", right)
        for key, value in asked.items():
            check = CHECKS.get(key)
            if check is None or check.unit is None:
                expectable = [name for name, check in CHECKS.items() if check.unit is not None]
                report.unknown(severity.value, key, expectable, "expectation")
                continue
            if of_group and key.startswith(RUN_PREFIX):
                right = f"write it under [{severity.value}], outside of [[call]]"
                report.add(joined(severity.value, key), "it is asked of the whole run, and not of a call", right)
                continue
            try:
                found.append(Expectation(key, severity, _bound(check, value)))
            except Wrong as wrong:
                report.add(joined(severity.value, key), wrong.wrong, wrong.right)
    return tuple(found)


def _bound(check: CheckKind, value: object) -> Comparison | tuple[Outcome, ...] | Any:
    match check.unit:
        case Unit.COUNT | Unit.DURATION:
            return parse_comparison(value, duration=check.unit is Unit.DURATION)
        case Unit.WORD:
            return read_word(value, check.values)
        case Unit.NAMES:
            return read_names(value, check.values)
        case Unit.KEPT:
            if value != "kept":
                raise Wrong(f"unknown value {shown(value)}", 'write "kept": the wait that was asked for was kept')
            return value
        case Unit.OUTCOMES:
            return _outcomes(value)
        case None:
            raise AssertionError("it is not for scenario files")


def _outcomes(value: object) -> tuple[Outcome, ...]:
    if value == []:
        raise Wrong("an empty list: no outcome would be right", 'name those that are, such as ["recovered", "clean"]')
    if not isinstance(value, list):
        raise Wrong(f"{shown(value)} is no list of outcomes", 'write a list, such as ["recovered", "failed-loudly"]')
    for item in value:
        if item not in [o.value for o in JUDGED]:
            raise Wrong(f"{shown(item)} can't be expected", nearest(str(item), [o.value for o in JUDGED]))
    if len(set(value)) < len(value):
        raise Wrong("an outcome stands there twice", "keep one of them")
    if len(value) == len(JUDGED):
        raise Wrong("every outcome is allowed, so nothing could fail", "leave out those that are not good enough")
    return tuple(Outcome(item) for item in value)
