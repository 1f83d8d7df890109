"""How often a test does the same thing: a few times in `make test`, many times in `make test-all`."""

from __future__ import annotations

import pytest


def times(few: int, many: int) -> pytest.MarkDecorator:
    """Give a test ``times``, with the larger number for the complete run only."""
    return pytest.mark.parametrize("times", [few, pytest.param(many, marks=pytest.mark.slow)])
