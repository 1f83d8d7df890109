"""Drills from Python."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import ssedrill
from broken_clients.honest import resumes
from broken_clients.sinners import shows_twice
from ssedrill.loading.problems import BadScenario


def test_a_function_is_drilled():
    """A function is drilled as it is, and the record says what came of it."""
    record = ssedrill.drill(resumes, "reset-mid-stream", dialect="eventsource")
    assert (record.verdict, record.outcome, record.client) == ("pass", "recovered", "resumes")


def test_a_sinner_fails():
    """A client that shows its tokens twice fails, as on the command line."""
    record = ssedrill.drill(shows_twice, ssedrill.load("reset-mid-stream"), dialect="anthropic-messages")
    assert record.verdict == "fail"


def test_a_specification_is_drilled(tmp_path):
    """A string is what the command line takes; a scenario may be a file."""
    file = tmp_path / "twice.toml"
    file.write_text(
        'name = "twice"\nabout = "x"\ndialects = ["openai-chat"]\n[[attempt]]\n[must]\noutcome = ["clean"]\n', "utf-8"
    )
    assert ssedrill.drill("reference", file).outcome == "clean"


def test_nothing_in_common():
    """If scenario and client share no dialect, both lists are told."""
    with pytest.raises(ValueError, match="anthropic speaks anthropic-messages"):
        ssedrill.drill("anthropic", "reset-mid-stream", dialect="eventsource")


def test_a_scenario_that_is_none():
    """Bad input is the same error as on the command line."""
    with pytest.raises(BadScenario, match="no such scenario"):
        ssedrill.load("reset-mid-steam")


def test_importing_costs_nothing():
    """``import ssedrill`` imports nothing else of ours, nor any library."""
    code = "import sys, json, ssedrill; print(json.dumps(sorted(sys.modules)))"
    found = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    assert [name for name in found if name.startswith(("ssedrill", "aiohttp", "pydantic"))] == ["ssedrill"]


@pytest.mark.parametrize("name", [name for name in ssedrill.__all__ if name != "__version__"])
def test_everything_offered_is_there(name):
    """Each name of the public API can be had, and nothing else."""
    assert getattr(ssedrill, name) is not None
    with pytest.raises(AttributeError, match="it has"):
        _ = ssedrill.nothing_of_the_kind
