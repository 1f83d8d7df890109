"""Counts, lists and ranges in plain English."""

from __future__ import annotations

from ssedrill.model.phrases import grouped, listed, plural, ranges


def test_lists() -> None:
    """One part stands alone, two have an "and", more have commas before it."""
    assert [listed(list("abc"[:n])) for n in (0, 1, 2, 3)] == ["", "a", "a and b", "a, b and c"]


def test_counts() -> None:
    """One is singular, none and many are plural; only where that is wanted are thousands set apart."""
    assert [plural(n, "token") for n in (0, 1, 2000)] == ["0 tokens", "1 token", "2000 tokens"]
    assert [grouped(n, "token") for n in (0, 1, 2000)] == ["0 tokens", "1 token", "2,000 tokens"]


def test_ranges() -> None:
    """Numbers that follow each other are one part, and a long list is cut short."""
    assert ranges([3, 4, 5, 9]) == "3-5, 9"
    assert ranges([1, 3, 5], most=2) == "1, 3, ..."
    assert ranges([]) == ""
