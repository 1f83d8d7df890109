"""The calls of a scenario in words: how many begin when, and which of them are told to stop."""

from __future__ import annotations

from typing import Literal

from ssedrill.loading.durations import format_duration
from ssedrill.model.cancel import Cancel
from ssedrill.model.phrases import grouped, ranges
from ssedrill.model.scenario import CallGroup, Scenario


def calls_words(scenario: Scenario) -> str:
    """Say which calls a client makes, group by group; nothing if the scenario does not speak of calls."""
    if not scenario.calls:
        return ""
    groups = [_group(scenario, number) for number in range(1, len(scenario.calls) + 1)]
    all_of_them = grouped(scenario.call_count, "call") + " over one client session: " if len(groups) > 1 else ""
    only = " over one client session" if len(groups) == 1 < scenario.call_count else ""
    return f"{all_of_them}{'; '.join(groups)}{only}."


def _group(scenario: Scenario, number: int) -> str:
    group = scenario.calls[number - 1]
    at_once = " at once" if group.count > 1 else ""
    each = "each " if group.count > 1 else ""
    parts = [f"{_when(scenario, number)}{grouped(group.count, 'call')}{at_once}{_name(scenario, number)}"]
    if group.cancel is not None:
        parts.append(f"{each}told to stop {_moment(group.cancel)}")
    return ", ".join(parts)


def _name(scenario: Scenario, number: int) -> str:
    """Return which group it is, if anything is said of groups later on."""
    named = any(group.attempts or group.expectations for group in scenario.calls)
    return f" (group {number})" if named and len(scenario.calls) > 1 else ""


def _when(scenario: Scenario, number: int) -> str:
    """Say when the calls of a group begin."""
    group = scenario.calls[number - 1]
    wait = format_duration(group.wait_s) if group.wait_s else ""
    if number == 1:
        return f"after {wait}, " if wait else ""
    if group.start == "with-previous":
        return f"{wait} after those have begun, " if wait else "together with those, "
    return f"{wait} after all of those are over, " if wait else "then "


def _moment(cancel: Cancel) -> str:
    """Say when the application stops reading."""
    if cancel.at_s is not None:
        return f"{format_duration(cancel.at_s)} after it began"
    if cancel.after_token is not None:
        return f"after token {cancel.after_token}"
    return f"after event {cancel.after_event}"


def shared_words(scenario: Scenario, what: Literal["attempts", "expectations"]) -> str:
    """Name the calls for which holds what the scenario itself says: those of groups that have none of their own."""

    def own(group: CallGroup) -> bool:
        return bool(getattr(group, what))

    shared = [number for number, group in enumerate(scenario.calls, start=1) if not own(group)]
    if len(shared) == len(scenario.calls):
        return "each call"
    return f"each call of group{'s' if len(shared) > 1 else ''} {ranges(shared)}"
