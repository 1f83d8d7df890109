"""A permutation test: could two groups of values come from one, by chance?"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations
from math import comb

MOST_EXACT = 20_000
"""So many ways of dealing out the values are all looked at; of more, DRAWN are drawn."""
DRAWN = 9_999


def p_value(old: Sequence[float], new: Sequence[float], chance: random.Random) -> float:
    """Return how likely a difference of the means as large as this one is if the groups do not differ: two-sided.

    Exact, over all ways of dealing the values out to two groups of these sizes, if they are not too many; otherwise
    estimated from ways that ``chance`` draws, never as zero.
    """
    values, size = [*old, *new], len(old)
    total = sum(values)
    found = _distance(sum(old), total, size, len(values)) * (1 - 1e-12)  # sums of the same values in another order
    if comb(len(values), size) <= MOST_EXACT:
        sums = [sum(group) for group in combinations(values, size)]
        return sum(_distance(one, total, size, len(values)) >= found for one in sums) / len(sums)
    drawn = (sum(chance.sample(values, size)) for _ in range(DRAWN))
    return (1 + sum(_distance(one, total, size, len(values)) >= found for one in drawn)) / (1 + DRAWN)


def least_p(old: int, new: int) -> float:
    """Return the least value that groups of these sizes can have: both ends of all ways of dealing them out."""
    return (2 if old == new else 1) / comb(old + new, old)


def _distance(of_group: float, total: float, size: int, count: int) -> float:
    return abs(of_group / size - (total - of_group) / (count - size))
