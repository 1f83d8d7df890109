"""More than two hundred clients whose behaviour is known by construction, each judged exactly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import pytest

from ssedrill.drivers.driver import Client
from ssedrill.reporting.formats.to_json import fingerprint
from support.panel import PROGRAMS, SCRIPTS, WAITING, as_a_program, drilled, in_process, judged, right
from support.scripted import FLAWS, Script

REPEATS = 20
"""Of the slow tests."""


def test_there_are_more_than_two_hundred():
    """As many as were promised, no two the same."""
    assert len(set(SCRIPTS + WAITING)) + len(set(PROGRAMS)) > 200


@pytest.mark.parametrize("script", [*SCRIPTS, *WAITING], ids=lambda script: script.name)
def test_in_process(script):
    """A function of this process is judged exactly."""
    assert judged(drilled(script, in_process(script))) == right(script)


@pytest.mark.parametrize(
    "script",
    [pytest.param(one, id=one.name, marks=[pytest.mark.slow] if n % 3 else []) for n, one in enumerate(PROGRAMS)],
)
def test_as_a_program(script):
    """The same as a program of its own; two in three of them in the complete run only."""
    assert judged(drilled(script, as_a_program(script))) == right(script)


def repeated(scripts: Iterable[Script], client: Callable[[Script], Client]) -> dict[str, int]:
    """Return how many records each script leaves in REPEATS runs, all right, taken in turns with the others."""
    prints: dict[str, set[str]] = defaultdict(set)
    for _ in range(REPEATS):
        for script in scripts:
            record = drilled(script, client(script))
            assert judged(record) == right(script)
            prints[script.name].add(fingerprint(record))
    return {name: len(found) for name, found in prints.items()}


@pytest.mark.slow
@pytest.mark.parametrize("flaw", FLAWS)
@pytest.mark.parametrize(
    ("scripts", "client"),
    [([*SCRIPTS, *WAITING], in_process), (PROGRAMS, as_a_program)],
    ids=["in process", "programs"],
)
def test_twenty_runs_leave_one_record(scripts, client, flaw):
    """Every client of the panel is judged exactly each time, and its record is the same to the byte."""
    counts = repeated([script for script in scripts if script.flaw == flaw], client)
    assert set(counts.values()) == {1}, {name: count for name, count in counts.items() if count > 1}
