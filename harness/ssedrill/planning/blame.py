"""Which of an attempt's faults are the reason that they can't be applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ssedrill_faults.fault import Fault


def to_blame(faults: Sequence[Fault], problem: Callable[[Sequence[Fault]], str | None]) -> list[int]:
    """Return which of the faults it takes for the problem that they have: one if it is impossible alone.

    ``problem`` says what is wrong with some of them, or None. The last ones are left out first, so that of several
    that are impossible for the same reason the first remains.
    """
    told = problem(faults)
    needed = list(range(len(faults)))
    for i in reversed(range(len(faults))):
        fewer = [one for one in needed if one != i]
        if fewer and problem([faults[one] for one in fewer]) == told:
            needed = fewer
    return needed
