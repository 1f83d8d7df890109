"""Small plots of one client's runs, as elements of a page: how they came out, and how long recoveries took."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ssedrill.model.record import Verdict
from ssedrill.reporting.views.side_by_side import Measures
from ssedrill.reporting.views.wording import COUNTED, seconds

WIDTH, HEIGHT = 140, 14
LEAST_S = 0.001
"""What is shorter is drawn as if it were as long: an axis of powers of ten has no zero."""


def shares(verdicts: Mapping[Verdict, int]) -> str:
    """Return a bar with a part for each verdict, as long as its share of the runs."""
    total = sum(verdicts.values())
    at, parts = 0.0, []
    for verdict, word in COUNTED.items():
        if count := verdicts.get(verdict, 0):
            width = WIDTH * count / total
            parts.append(
                f'<rect class="{verdict}" x="{at:.1f}" width="{max(width - 1, 1):.1f}" height="{HEIGHT}">'
                f"<title>{count:,} {word}</title></rect>"
            )
            at += width
    told = ", ".join(f"{count:,} {word}" for verdict, word in COUNTED.items() if (count := verdicts.get(verdict, 0)))
    return f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}">{"".join(parts)}</svg>'


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of seconds on which each power of ten is as long as the next: 5 ms and 10 min both have room."""

    least_s: float
    most_s: float

    @classmethod
    def of(cls, found: Sequence[Measures]) -> Axis | None:
        """Return the axis that all recoveries of these clients are drawn on; None if there are none."""
        times = [max(value, LEAST_S) for one in found for value in one.recoveries_s]
        return cls(min(times), max(times)) if times else None

    @property
    def words(self) -> str:
        """From when to when it goes."""
        return f"{seconds(self.least_s)} to {seconds(self.most_s)}, in powers of ten"

    def at(self, value: float) -> float:
        """Return the place of a time."""
        span = math.log(self.most_s / self.least_s) or 1.0
        return 3 + (WIDTH - 6) * math.log(max(value, LEAST_S) / self.least_s) / span


def recoveries(one: Measures, axis: Axis) -> str:
    """Return a stroke for each recovery of a client, those at the same place once, and a mark at the median."""
    middle = one.recovery_s
    if middle is None:
        return ""
    places = dict.fromkeys(f"{axis.at(value):.0f}" for value in one.recoveries_s)
    strokes = "".join(f"M{place} 3v8" for place in places)
    told = f"{len(one.recoveries_s):,} recoveries, the median {seconds(middle)}"
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{told}"><title>{told}</title>'
        f'<path class="axis" d="M3 7H{WIDTH - 3}"/><path class="times" d="{strokes}"/>'
        f'<circle cx="{axis.at(middle):.1f}" cy="7" r="3"/></svg>'
    )
