"""The page on scenarios: what it shows can be loaded, and it names every position."""

from __future__ import annotations

import re
import runpy
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ssedrill.judging.checks import CHECKS
from ssedrill.judging.final_answers import FINAL
from ssedrill.loading.described import positions_of, settings_of
from ssedrill.loading.load import load_text
from ssedrill.model.cancel import Cancel
from ssedrill.model.scenario import CallGroup, Server, Stream
from ssedrill.model.when import When
from ssedrill_faults import FAULTS
from ssedrill_faults.marks import Mark
from ssedrill_faults.position import WAYS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "scenarios.md").read_text("utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
REFERENCE = runpy.run_path(str(ROOT / "reports" / "reference.py"))["page"]()
WITHOUT_SCENARIO = {"half_close", "hold_head", "swap_events", "jitter"}
"""No failure of production that was reported is one of these by itself."""
WAYS_TO_CANCEL = [item.name.removesuffix("_s") for item in fields(Cancel)]
AROUND = """
name = "shown"
about = "What the page shows."
dialects = ["openai-chat", "anthropic-messages", "eventsource"]
[stream]
tokens = 40
{attempts}
[must]
outcome = ["clean", "cancelled", "recovered", "failed-loudly"]
"""


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_can_be_loaded(block: str) -> None:
    """Each is the attempts of a scenario."""
    assert load_text(AROUND.format(attempts=block), "shown.toml").attempts


def test_there_are_examples() -> None:
    """The test above has something to load."""
    assert len(BLOCKS) >= 5


@pytest.mark.parametrize("name", [*(way.removesuffix("_s") for way in WAYS), *(item.name for item in fields(When))])
def test_every_position_and_every_condition_is_on_the_page(name: str) -> None:
    """A new one needs a row."""
    assert f"`{name} = " in PAGE or f", `{name} = " in PAGE


@pytest.mark.parametrize("name", [name for name, check in CHECKS.items() if check.unit is not None])
def test_every_check_is_on_the_page(name: str) -> None:
    """A new one needs a row."""
    assert f"`{name} = " in PAGE or f"`{name}`" in PAGE


@pytest.mark.parametrize("word", FINAL)
def test_every_last_word_is_on_the_page(word: str) -> None:
    """The same for answers that are the last word."""
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("name", [*(item.name.removesuffix("_s") for item in fields(CallGroup)), *WAYS_TO_CANCEL])
def test_every_key_of_a_call_is_on_the_page(name: str) -> None:
    """Its settings, what it may have of its own, and every moment at which it may be told to stop."""
    written = {"attempts": "[[call.attempt]]", "expectations": "[call.must]"}
    assert written.get(name, f"{name} = ") in PAGE.partition("## Several calls")[2]


@pytest.mark.parametrize("mark", Mark)
def test_every_mark_is_on_the_page(mark: Mark) -> None:
    """The same for places inside a segment."""
    assert f'"{mark}"' in PAGE


def test_the_reference_is_what_the_code_says() -> None:
    """`make reference` writes it anew."""
    assert (ROOT / "docs" / "reference.md").read_text("utf-8") == REFERENCE, "run make reference"


@pytest.mark.parametrize("kind", [*FAULTS.values(), Stream, Server, When, Cancel], ids=lambda kind: kind.__name__)
def test_every_setting_says_what_it_means(kind: type[Any]) -> None:
    """A new one needs a docstring behind its field."""
    for one in (*settings_of(kind), *positions_of(kind)):
        assert len(one["meaning"]) > 5, f"{kind.__name__}.{one['name']}"


def test_every_fault_is_shown_in_use() -> None:
    """By a built-in scenario."""
    shown = {name for name in FAULTS if f"faults = [{{ {name} = {{" in REFERENCE}
    assert set(FAULTS) - shown == WITHOUT_SCENARIO
