"""How much the measures of a drill differ over its repeats: back-off with jitter, the noise of real time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ssedrill.model.record import Record
from ssedrill.reporting.views.wording import seconds


@dataclass(frozen=True, slots=True)
class Spread:
    """One measure over the repeats of one drill."""

    scenario: str
    client: str
    dialect: str
    measure: str
    count: int  # repeats that have this measure
    middle: str
    p95: str
    least: str
    most: str


def spreads(runs: Sequence[Record]) -> list[Spread]:
    """Return every measure that was not the same in all repeats of its drill, in the order of the runs."""
    drills: dict[tuple[str, str, str], list[Record]] = {}
    for run in runs:
        drills.setdefault((run.scenario, run.client, run.dialect), []).append(run)
    return [
        _spread(drill, measure, values)
        for drill, repeats in drills.items()
        for measure, values in _measures(repeats).items()
        if len(values) > 1 and min(values) != max(values)
    ]


def _measures(runs: Sequence[Record]) -> dict[str, list[float]]:
    measures: dict[str, list[float | None]] = {
        "recovery": [run.numbers.recovery.total_s for run in runs],
        "first wait before a retry": [max(gaps[0], 0.0) if (gaps := run.numbers.gaps_s) else None for run in runs],
        "whole run" if any(run.calls for run in runs) else "whole call": [run.numbers.elapsed_s for run in runs],
        "requests": [run.numbers.requests for run in runs],
        "duplicate tokens": [run.numbers.duplicates for run in runs],
        "tokens thrown away": [run.numbers.wasted_tokens for run in runs],
    }
    return {measure: [value for value in values if value is not None] for measure, values in measures.items()}


def _spread(drill: tuple[str, str, str], measure: str, values: list[float]) -> Spread:
    counted = measure.endswith(("requests", "tokens", "away"))

    def told(value: float) -> str:
        return f"{value:g}" if counted else seconds(value)

    ordered = sorted(values)
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]  # by nearest rank: a value that really occurred
    return Spread(*drill, measure, len(values), told(median(values)), told(p95), told(ordered[0]), told(ordered[-1]))
