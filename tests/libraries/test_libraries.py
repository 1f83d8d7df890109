"""Libraries that people stream with say the same on the virtual clock as on the real one.

Each runs in an environment of its own, which `make libraries` sets up; what is not there is skipped, by name.
"""

from __future__ import annotations

import json
import subprocess

import pytest

from libraries.table import LIBRARIES, Library

SCENARIOS = (
    "healthy",
    "clean-end-without-terminal",
    "cancelled-while-waiting-to-retry",
    "close-on-accept-then-up",
    "connection-refused-then-up",
    "done-then-linger",
    "error-event-mid-stream",
    "fin-mid-stream",
    "overloaded-529-twice",
    "rate-limited-retry-after-seconds",
    "reset-before-headers",
    "reset-mid-stream",
    "stopped-before-the-head",
    "stopped-in-silence",
    "stopped-mid-stream",
    "unauthorized-401",
    "utf8-split",
)
AT_A_MOMENT = frozenset({"cancelled-while-waiting-to-retry", "stopped-before-the-head", "stopped-in-silence"})
COUNTED = ("requests", "retries", "withdrawn", "duplicates", "lost", "reordered", "corrupted", "spliced")
ON_THE_REAL_CLOCK = "on the real clock: "


def drilled(library: Library, clock: str) -> dict[str, dict]:
    """Return the run of every scenario on a clock."""
    command = [library.ssedrill, "run", *SCENARIOS, "--client", library.client()]
    options = ["--dialect", library.dialect, "--clock", clock, "--jobs", "2", "--json", "-"]
    done = subprocess.run([*command, *options], stdout=subprocess.PIPE, timeout=800, check=False)
    return {run["scenario"]: run for run in json.loads(done.stdout)["runs"]}


def told(run: dict) -> dict:
    """Return what must be the same on both clocks."""
    counts = {name: run["numbers"][name] for name in COUNTED}
    return {"outcome": run["outcome"], "claim": run["claim"]} | counts


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_a_library_is_the_same_on_both_clocks(library) -> None:
    """Outcome, claim and counts agree in every scenario; a run that was not virtual says why.

    What is told to stop at a moment of the real clock may be told so before it has asked anything, on a busy machine:
    that proves nothing, and disproves nothing. On the virtual clock it has always asked by then.
    """
    if why := library.why_absent():
        pytest.skip(why)
    virtual, real = drilled(library, "auto"), drilled(library, "real")
    assert set(virtual) == set(real) == set(SCENARIOS)
    assert not {name for name, run in virtual.items() if run["outcome"] == "not-tested"}
    compared = {name for name in SCENARIOS if name not in AT_A_MOMENT or real[name]["numbers"]["requests"]}
    assert {name: told(virtual[name]) for name in compared} == {name: told(real[name]) for name in compared}
    assert virtual["healthy"]["outcome"] == "clean"
    for run in virtual.values():
        assert run["clock"] == "virtual" or run["notes"][0].startswith(ON_THE_REAL_CLOCK)
