"""How long a client waits of its own accord between failures in a row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from statistics import fmean, stdev

from ssedrill.judging.attempts import end_of
from ssedrill.judging.waits import waits_asked
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import Write

SAME_S, SAME = 0.001, 0.001
"""Waits that differ by no more than this, and this part of them, are the same: no jitter is so fine."""
ALIKE_S, ALIKE = 0.01, 0.02
"""The same of waits of different runs, on a clock that may be a real one."""


def own_waits(wire: WireJournal) -> list[float]:
    """Return the longest row of waits that followed failures which brought no text and asked for no wait."""
    rows: list[list[float]] = [[]]
    for failed, later in pairwise(wire.requests):
        if not _failed(failed) or _brought_text(failed) or waits_asked(WireJournal([], [failed])):
            rows.append([])
        else:
            rows[-1].append(round(max(0.0, later.t - end_of(failed)), 6))
    return max(rows, key=len)


def _failed(attempt: AttemptLog) -> bool:
    plan = attempt.plan
    return not plan.redirects and (bool(plan.breaking) or plan.status != 200)


def _brought_text(attempt: AttemptLog) -> bool:
    ops = (attempt.plan.ops[played.op] for played in attempt.played)
    return any(isinstance(op, Write) and op.tokens for op in ops)


def grows(waits: Sequence[float]) -> bool | None:
    """Tell of one run whether its waits grow; None if only more runs can tell.

    Waits that are all the same do not, and those that end above their beginning do. A last wait below the first says
    nothing by itself: with full jitter (a wait anywhere between nothing and a ceiling that doubles) one run in four
    has it after two failures.
    """
    if max(waits) - min(waits) <= SAME_S + SAME * max(waits):
        return False
    return True if waits[-1] > waits[0] else None


def grow_on_average(runs: Sequence[Sequence[float]]) -> bool | None:
    """Tell of several runs whether their waits grow: from the first to the last by three standard errors or more.

    None if it can't be told apart from chance.
    """
    growth = [waits[-1] - waits[0] for waits in runs]
    mean, error = fmean(growth), stdev(growth) / len(growth) ** 0.5
    if mean <= SAME_S:
        return False
    return True if mean >= 3 * error else None


def vary(runs: Sequence[Sequence[float]]) -> bool:
    """Tell whether the waits of several runs differ, in any of their places."""
    places = [[wait for wait in place if wait is not None] for place in zip_longest(*runs)]
    return any(max(place) - min(place) > ALIKE_S + ALIKE * max(place) for place in places)
