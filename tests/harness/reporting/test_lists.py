"""What ``ssedrill list faults`` tells of each fault: what may be written of it in a scenario, and nothing else."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from rich.console import Console

from ssedrill.loading.load import load_text
from ssedrill.loading.problems import BadScenario, Report
from ssedrill.loading.settings import build
from ssedrill.reporting.views.list_rows import fault_rows
from ssedrill.reporting.views.lists import print_rows
from ssedrill_faults import FAULTS
from ssedrill_faults.fault import Fault
from support.drawn_faults import MOVED, SPELLED
from support.hostile_scenarios import FAULT, GOOD

ROWS = {row["name"]: row for row in fault_rows(FAULTS)}
EXAMPLES: dict[str, Any] = {
    "duration": "7 s",
    "whole number": 3,
    "number": 0.5,
    "string": "x",
    "true or false": True,
    "table": {"x": "y"},
    "list of strings": ["x"],
}
OF_ITS_OWN: dict[str, dict[str, Any]] = {
    "bad_chunk": {"size": "zz"},
    "edit_event": {"pad": 9},
    "insert_event": {"comment": "x"},
    "ids": {"replace": True},
    "spelling": {"line_end": "cr"},
}
"""One of the settings of which each of these needs any."""


def example(kind: str) -> Any:
    """Return a value of this type."""
    first = kind.partition(" or ")[0] if kind not in EXAMPLES else kind
    if first.startswith("list of "):
        return EXAMPLES.get(first) or [example(first.removeprefix("list of "))]
    return json.loads(first.partition(" | ")[0]) if first.startswith('"') else EXAMPLES[first]


def problems(name: str, table: dict[str, Any]) -> list[str]:
    """Return what is wrong with a fault that is written so."""
    report = Report("x")
    build(FAULTS[name], table, "it", report)
    return [str(problem) for problem in report.problems]


@pytest.mark.parametrize("name", FAULTS)
def test_each_setting_may_be_written_as_it_is_listed(name: str) -> None:
    """No key is unknown and no value of the wrong type, whatever else such a fault would need."""
    row = ROWS[name]
    for one in (*row["settings"], *row["positions"]):
        said = problems(name, {one["name"]: example(one["type"])})
        assert not [text for text in said if "unknown" in text or "wrong type" in text], said
        if "default" in one:
            assert not [text for text in problems(name, {one["name"]: one["default"]}) if "wrong type" in text]


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_required_is_what_lacks(name: str) -> None:
    """With only what is marked so, and a position if one is needed, nothing is missing."""
    row = ROWS[name]
    needed = {one["name"]: example(one["type"]) for one in row["settings"] if one["required"]}
    if row["position_required"]:
        needed["after_token"] = 3
    assert not [text for text in problems(name, needed) if "missing" in text or "exactly one of after" in text]
    for key in needed:
        without = {other: value for other, value in needed.items() if other != key}
        assert [text for text in problems(name, without) if "missing" in text or "exactly one of after" in text]


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row["positions"]])
def test_each_position_that_is_listed_is_taken(name: str) -> None:
    """The others are refused, with the reason that they are none for such a fault."""
    row = ROWS[name]
    needed = dict(OF_ITS_OWN.get(name, {}))
    needed |= {one["name"]: example(one["type"]) for one in row["settings"] if one["required"]}
    listed = {one["name"]: example(one["type"]) for one in row["positions"]}
    every = {one["name"]: example(one["type"]) for one in ROWS["reset"]["positions"]} | listed
    for key, value in every.items():
        place = {key: value} if key != "inside" else {"inside": value, "after_token": 3}
        fault = {name: {**needed, **place}}
        text = GOOD.replace(FAULT, json.dumps(fault).replace('": ', '" = '))
        try:
            load_text(text)
            said = ""
        except BadScenario as refused:
            said = str(refused)
        none_of_its = "works on whole events" in said or "use another position" in said
        assert none_of_its == (key not in listed), (key, said)


@given(MOVED | SPELLED)
def test_what_decides_whether_a_fault_reshapes_is_told(fault: Fault) -> None:
    """One that differs from the others of its kind has settings of which that is said."""
    assert fault.shaping == type(fault).shaping or ROWS[fault.name]["shaping_by"]
    if ROWS[fault.name]["shaping_by"]:
        assert ROWS[fault.name]["shaping"] is None


def test_people_are_told_too() -> None:
    """In the file's words: names without what is for programs, types, what holds if it is left out, and positions."""
    console = Console(file=StringIO(), width=400)
    print_rows(console, "faults", [ROWS[name] for name in ("fin", "ping", "pace", "chunk_borders", "edit_event")])
    text = "\n".join(line.strip() for line in console.file.getvalue().splitlines())  # type: ignore[attr-defined]
    assert '\nafter_idle: duration, "0 s" if left out\nposition: after_token, after_event, after_byte, ' in text
    assert 'after ("headers" | "terminal" | "body" or duration), after_silence (duration), at_run (duration)' in text
    assert "\nposition (or from the start): after_token, " in text
    assert "\nwhether it only reshapes is decided by form\n" in text
    assert "\nevery: duration, required\n" in text
    assert "(wire, only reshapes)\nsize: whole number, required\n" in text
    assert '\nwithout: list of "event" | "id" | "data" | "retry"\n' in text
    assert "dialects" not in text
