"""How much of the same a test does: a little in `make test`, all of it in `make test-all`."""

from __future__ import annotations

from collections.abc import Sequence

import pytest


def times(few: int, many: int) -> pytest.MarkDecorator:
    """Give a test ``times``, with the larger number for the complete run only."""
    return pytest.mark.parametrize("times", [few, pytest.param(many, marks=pytest.mark.slow)])


def crossed(names: str, every: Sequence[object], by: Sequence[object], *, each: int = 1) -> pytest.MarkDecorator:
    """Give a test two lists' values: every one of the first list with every one of the second in the complete run.

    In the quick one it is with ``each`` of them, in turn.
    """
    return pytest.mark.parametrize(
        names,
        [
            pytest.param(one, other, marks=() if (j - i) % len(by) < each else pytest.mark.slow)
            for i, one in enumerate(every)
            for j, other in enumerate(by)
        ],
    )
