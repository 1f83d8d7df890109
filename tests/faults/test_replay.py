"""Servers that do not go on where they are asked to."""

from __future__ import annotations

from typing import Any

import pytest

from ssedrill_faults.answer.replay import ReplayFault
from support.voice import plan_of, small_answer


@pytest.mark.parametrize(
    ("settings", "starts"),
    [
        ({"ignore_cursor": "same-text"}, 0),
        ({"ignore_cursor": "new-answer"}, None),
        ({"repeat": 3}, 7),
        ({"repeat": 30}, 0),
        ({"skip": 3}, 13),
        ({"skip": 30}, 20),
    ],
)
def test_where_it_goes_on(settings: Any, starts: int | None) -> None:
    """Never before the first token, nor behind the last."""
    assert ReplayFault(**settings).first_unsent(10, 20) == starts


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({}, "exactly one of"),
        ({"repeat": 1, "skip": 1}, "exactly one of"),
        ({"repeat": 0}, "repeat must be at least 1"),
        ({"skip": -1}, "skip must be at least 1"),
    ],
)
def test_settings_that_make_no_sense(settings: Any, wrong: str) -> None:
    """Each is told by its name."""
    with pytest.raises(ValueError, match=wrong):
        ReplayFault(**settings)


def test_it_shows_at_the_first_token() -> None:
    """That is where the mark is; the last event has it if no token comes."""
    assert [op.fault for op in plan_of(small_answer(3), ReplayFault(repeat=1)).ops if op.fault] == ["replay"]
    plan = plan_of(small_answer(0), ReplayFault(skip=1))
    assert [op.role for op in plan.ops if op.fault == "replay"] == ["terminal"]  # type: ignore[union-attr]
