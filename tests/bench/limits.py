"""Limits that measurements must keep.

A limit is always a ratio to something that was measured beside it in the same round: a slow or busy machine slows
both. What is out of its limits is told when all of a test has been measured and its table stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass
class Limits:
    """The measurements of one test that are out of their limits."""

    broken: list[str] = field(default_factory=list)

    def at_most(self, what: str, ratios: Sequence[float], limit: float) -> None:
        """Note it if the median of the rounds' ratios is above the limit."""
        if not median(ratios) <= limit:
            self.broken.append(f"{what}: x{median(ratios):.2f}, at most x{limit:g} is right")

    def at_least(self, what: str, ratios: Sequence[float], limit: float) -> None:
        """Note it if the median of the rounds' ratios is below the limit."""
        if not median(ratios) >= limit:
            self.broken.append(f"{what}: x{median(ratios):.2f}, at least x{limit:g} is right")

    def exactly(self, what: str, count: float, right: float) -> None:
        """Note it if a count is not the right one."""
        if count != right:
            self.broken.append(f"{what}: {count:g}, right is {right:g}")
