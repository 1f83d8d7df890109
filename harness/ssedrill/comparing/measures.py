"""The measures of a drill side by side: equal or not in virtual time, by a test over repeats on the real clock."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median

from ssedrill.comparing.drills import Drill
from ssedrill.comparing.permutation import least_p, p_value
from ssedrill.model.numbers import by_name
from ssedrill.model.record import Record, Verdict

THRESHOLD_P = 0.01
"""Values differ if so small a share of all ways of dealing them out to the two sides sets the sides so far apart."""
THRESHOLD_SHARE = 0.1
"""And if their means differ by so much of the old mean: a smaller difference matters to nobody."""
FEWEST = 5
"""So many runs on either side can show it."""
TEST = (
    f"On the real clock the measures of repeats are compared by a permutation test of the means, two-sided: they"
    f" differ if p < {THRESHOLD_P:g} and the means differ by {THRESHOLD_SHARE:.0%} or more. That takes"
    f" {FEWEST} runs a side."
)

PASSED = "passed"
_EITHER_WAY = ("requests", "retries", "retry_after_", "recovery_wait_s")
"""How measures begin of which more may be better: a client that retries may be the one that recovers."""


class Finding(StrEnum):
    """What comes of comparing one measure."""

    EQUAL = "equal"  # to the last digit
    DIFFERENT = "different"
    NO_DIFFERENCE = "no difference shown"  # by the test
    NOT_COMPARED = "not compared"


@dataclass(frozen=True)
class Values:
    """What a measure was in the runs that have it."""

    count: int
    middle: float  # the median
    least: float
    most: float
    mean: float


@dataclass(frozen=True)
class Measured:
    """One measure of a drill, then and now; times are in seconds, and their names end in ``_s``."""

    name: str
    old: Values | None  # no run has it
    new: Values | None
    finding: Finding
    why: str = ""  # it was not compared
    p: float | None = None  # if it was tested

    @property
    def worse(self) -> bool:
        """It differs for the worse: fewer passes; more tokens lost, repeated or wasted, or time until there is text.

        Means decide: what went wrong in the lesser half of the runs moves no median.
        """
        if self.finding is not Finding.DIFFERENT or self.old is None or self.new is None:
            return False
        if self.name == PASSED:
            return self.new.mean < self.old.mean
        return not self.name.startswith(_EITHER_WAY) and self.new.mean > self.old.mean


def measured(old: Drill, new: Drill, seed: int) -> list[Measured]:
    """Return every measure that a run of either side has; ``seed`` is for what the test leaves to chance."""
    before, after = [_numbers(run) for run in old.runs], [_numbers(run) for run in new.runs]
    exact = old.clocks == new.clocks == {"virtual"} and old.seeds == new.seeds
    found = []
    for name in dict.fromkeys(name for numbers in (*before, *after) for name in numbers):
        of_old = [numbers[name] for numbers in before if name in numbers]
        of_new = [numbers[name] for numbers in after if name in numbers]
        values = (_values(of_old), _values(of_new))
        if exact:
            equal = _by_seed(old, before, name) == _by_seed(new, after, name)
            found.append(Measured(name, *values, Finding.EQUAL if equal else Finding.DIFFERENT))
        elif why := _why_not(old, new, of_old, of_new):
            found.append(Measured(name, *values, Finding.NOT_COMPARED, why))
        else:
            chance = random.Random(f"{seed} {' '.join(new.key)} {name}")
            finding, p = _tested(of_old, of_new, chance)
            found.append(Measured(name, *values, finding, p=p))
    return found


def _tested(old: Sequence[float], new: Sequence[float], chance: random.Random) -> tuple[Finding, float | None]:
    apart = abs(fmean(new) - fmean(old))
    if apart == 0 or apart < THRESHOLD_SHARE * abs(fmean(old)):
        return Finding.NO_DIFFERENCE, None
    p = p_value(old, new, chance)
    return (Finding.DIFFERENT if p < THRESHOLD_P else Finding.NO_DIFFERENCE), round(p, 6)


def _why_not(old: Drill, new: Drill, of_old: Sequence[float], of_new: Sequence[float]) -> str:
    """Say why nothing can be said of a measure; empty if the test can."""
    if old.clocks != new.clocks or len(old.clocks) > 1:
        return f"on other clocks: {' and '.join(sorted(old.clocks))}, then {' and '.join(sorted(new.clocks))}"
    if not of_old or not of_new:
        return "only one side has it"
    if len(of_old) < FEWEST or len(of_new) < FEWEST or least_p(len(of_old), len(of_new)) >= THRESHOLD_P:
        where = "with other seeds" if old.clocks == {"virtual"} else "on the real clock"
        those = f"{_runs(len(of_old))} against {_runs(len(of_new))} {where}"
        return f"{those} can't tell a difference from chance: take --repeat {FEWEST} or more"
    return ""


def _runs(count: int) -> str:
    return "one run" if count == 1 else f"{count} runs"


def _values(found: Sequence[float]) -> Values | None:
    return Values(len(found), median(found), min(found), max(found), round(fmean(found), 6)) if found else None


def _by_seed(drill: Drill, numbers: Sequence[Mapping[str, float]], name: str) -> list[tuple[int, float | None]]:
    pairs = [(run.seed, one.get(name)) for run, one in zip(drill.runs, numbers, strict=True)]
    return sorted(pairs, key=lambda pair: pair[0])


def _numbers(run: Record) -> dict[str, float]:
    passed = float(run.verdict in (Verdict.PASS, Verdict.WARN))
    numbers = {name: float(value) for name, value in by_name(run.numbers) if isinstance(value, int | float)}
    return {PASSED: passed, **numbers}
