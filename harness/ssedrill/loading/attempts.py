"""The attempts of a scenario file: for which requests each is meant, and what those meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssedrill.loading.like_tokens import check_like_tokens
from ssedrill.loading.other_dialects import strangers
from ssedrill.loading.problems import Report, joined, nearest, shown
from ssedrill.loading.settings import build
from ssedrill.model.scenario import Attempt, Scenario
from ssedrill.model.when import When
from ssedrill_faults import FAULTS
from ssedrill_faults.compose import contradiction
from ssedrill_faults.fault import DoorFault, Fault
from ssedrill_faults.plan import Refuse

MOST_ATTEMPTS = 100
MOST_FAULTS = 20


def read_attempts(document: Mapping[str, Any], report: Report) -> tuple[Attempt, ...]:
    """Return the attempts of a document, as far as they can be read."""
    tables = document.get("attempt")
    if not isinstance(tables, list) or not 1 <= len(tables) <= MOST_ATTEMPTS:
        right = f"write 1 to {MOST_ATTEMPTS} tables headed [[attempt]], one for each request; the last one holds on"
        many = f"more than {MOST_ATTEMPTS} attempts"
        wrong = "missing or empty" if not tables else many if isinstance(tables, list) else "no list of tables"
        report.add("attempt", wrong, right)
        return ()
    return tuple(_attempt(table, f"attempt[{i}]", report) for i, table in enumerate(tables))


def _attempt(table: object, path: str, report: Report) -> Attempt:
    right = "write faults = [{ reset = { after_token = 12 } }], or nothing for a healthy attempt"
    if not isinstance(table, dict):
        report.add(path, f"{shown(table)} is no table", right)
        return Attempt()
    for key in table:
        if key not in ("when", "faults"):
            report.unknown(path, key, ["when", "faults"])
    when = build(When, table["when"], f"{path}.when", report) if "when" in table else None
    entries = table.get("faults", [])
    if not isinstance(entries, list) or len(entries) > MOST_FAULTS:
        wrong = f"more than {MOST_FAULTS} faults" if isinstance(entries, list) else f"{shown(entries)} is no list"
        report.add(f"{path}.faults", wrong, right)
        return Attempt()
    found = [_fault(entry, f"{path}.faults[{i}]", report) for i, entry in enumerate(entries)]
    faults = tuple(fault for fault in found if fault is not None)
    if len(faults) == len(found) and (why := contradiction(faults)):
        report.add(f"{path}.faults", "contradictory faults", why)
    return Attempt(faults, when)


def _fault(entry: object, path: str, report: Report) -> Fault | None:
    if not isinstance(entry, dict) or len(entry) != 1:
        wrong = "not one fault" if isinstance(entry, dict) else f"{shown(entry)} is no table"
        report.add(path, wrong, "write one fault with its settings, as in { reset = { after_token = 12 } }")
        return None
    [(name, settings)] = entry.items()
    faults = FAULTS
    if name not in faults:
        report.unknown(path, name, faults, "fault")
        return None
    if isinstance(settings, dict) and settings.get("dialects") == []:
        right = "leave it out for all dialects of the scenario, or name some of them"
        report.add(joined(joined(path, name), "dialects"), "an empty list: it would never be applied", right)
        return None
    return build(faults[name], settings, joined(path, name), report)


def check_attempts(scenario: Scenario, report: Report) -> None:
    """Note faults that an attempt can't have, for whom it is meant or where it stands."""
    for i, attempt in enumerate(scenario.attempts):
        _check_attempt(scenario, i, attempt, report)


def check_doors(scenario: Scenario, report: Report) -> None:
    """Note doors that it can't be known for which of several open calls they are.

    A door acts before a request can be read. A server that is down is so for all calls that are open.
    """
    if not scenario.overlaps:
        return
    own = any(
        isinstance(fault, DoorFault) for group in scenario.calls for one in group.attempts for fault in one.faults
    )
    doors = [fault for attempt in scenario.all_attempts for fault in attempt.faults if isinstance(fault, DoorFault)]
    if own or any(not isinstance(fault.door(), Refuse) for fault in doors):
        names = " and ".join(sorted({fault.name for fault in doors}))
        right = "let one call be open at a time, or use refuse, in the attempts that all calls share"
        report.add("call", f"with several calls open it can't be told whose connection meets {names}", right)


def _check_attempt(scenario: Scenario, index: int, attempt: Attempt, report: Report) -> None:
    path = f"attempt[{index}]"
    for i, fault in enumerate(attempt.faults):
        place = f"{path}.faults[{i}].{fault.name}"
        if isinstance(fault, DoorFault) and index >= scenario.by_number:
            right = "put it before the first attempt that has a when: a door is met before a request can be read"
            report.add(place, "it can't be known who it is for", right)
        if fault.needs_resume and (attempt.when is None or not attempt.when.resume):
            right = f"write when = {{ resume = true }} above the faults of {path}"
            report.add(place, "it changes what a client is given that goes on with an answer", right)
        if not fault.dialects and (found := strangers(fault, scenario.dialects)):
            speaking, deaf = found
            right = f'write dialects = ["{speaking[0]}"] beside it, or name all that it is to be sent in'
            wrong = f"it is an event of {' and '.join(speaking)}, which {' and '.join(deaf)} has not"
            report.add(place, wrong, right)
        check_like_tokens(fault, scenario, place, report)
        for n, name in enumerate(fault.dialects):
            if name not in scenario.dialects:
                right = nearest(name, scenario.dialects)
                report.add(f"{place}.dialects[{n}]", f"unknown dialect {shown(name)}", right)
