"""The calls of a scenario file, if it speaks of more than one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from ssedrill.loading.attempts import read_attempts
from ssedrill.loading.expectations import read_expectations
from ssedrill.loading.problems import Report, joined, shown
from ssedrill.loading.settings import build
from ssedrill.model.cancel import Cancel
from ssedrill.model.most_calls import MOST_CALLS
from ssedrill.model.scenario import CallGroup, Scenario

MOST_GROUPS = 20

OWN = ("attempt", "must", "should")
"""What a group may have of its own, beside its settings."""


def read_calls(document: Mapping[str, Any], report: Report) -> tuple[CallGroup, ...]:
    """Return the groups of calls of a document, as far as they can be read; none if it does not speak of calls."""
    if "call" not in document:
        return ()
    tables = document["call"]
    if not isinstance(tables, list) or not 1 <= len(tables) <= MOST_GROUPS:
        many = f"more than {MOST_GROUPS} groups of calls"
        wrong = (many if tables else "an empty list") if isinstance(tables, list) else f"{shown(tables)} is no list"
        report.add("call", wrong, "write tables headed [[call]], one for each group of calls, or none for one call")
        return ()
    groups = tuple(_group(table, f"call[{i}]", report) for i, table in enumerate(tables))
    if all(group.count <= MOST_CALLS for group in groups) and sum(group.count for group in groups) > MOST_CALLS:
        report.add("call", "too many calls", f"keep to {MOST_CALLS} in all groups together")
    if groups[0].start != "after-previous":
        report.add("call[0].start", "there is no group before the first", "leave it out")
    return groups


@dataclass(frozen=True)
class _Settings:
    """What a file says of a group itself."""

    count: int = 1
    start: Literal["after-previous", "with-previous"] = "after-previous"
    wait_s: float = 0.0


def _group(table: object, path: str, report: Report) -> CallGroup:
    if not isinstance(table, dict):
        report.add(path, f"{shown(table)} is no table", "head it [[call]]")
        return CallGroup()
    known = [field.name.removesuffix("_s") for field in fields(_Settings)]
    for key in table:
        if key not in (*known, "cancel", *OWN):
            report.unknown(path, key, [*known, "cancel", *OWN])
    settings = build(_Settings, {key: table[key] for key in known if key in table}, path, report) or _Settings()
    if not 1 <= settings.count <= MOST_CALLS:
        report.add(joined(path, "count"), f"{shown(settings.count)} is out of range", f"write 1 to {MOST_CALLS}")
    cancel = build(Cancel, table["cancel"], joined(path, "cancel"), report) if "cancel" in table else None
    inside = report.under(path)
    attempts = read_attempts(table, inside) if "attempt" in table else ()
    asked = read_expectations(table, inside, of_group=True)
    return CallGroup(settings.count, settings.start, settings.wait_s, cancel, attempts, asked)


@dataclass(frozen=True)
class Variant:
    """A way in which a call of a scenario may go, as a scenario of one call."""

    place: str  # where in the file it stands; empty: what the scenario itself says
    scenario: Scenario
    cancels: bool = False


def variants(scenario: Scenario) -> list[Variant]:
    """Return every way in which a call of a scenario may go."""
    if not scenario.calls:
        return [Variant("", scenario)]
    shared = [one for one in scenario.calls if not (one.attempts or one.expectations)]
    own = [(i, one) for i, one in enumerate(scenario.calls) if one.attempts or one.expectations]
    found = [Variant(f"call[{i}]", scenario.of_group(one), one.cancel is not None) for i, one in own]
    cancels = any(one.cancel is not None for one in shared)
    return [*([Variant("", scenario.of_group(CallGroup()), cancels)] if shared else []), *found]
