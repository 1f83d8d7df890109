"""The test of measures: exact where it can be, and honest about how little few runs can show."""

import random
from itertools import permutations

import pytest

from ssedrill.comparing.permutation import least_p, p_value

CHANCE = random.Random(1)


def by_hand(old, new):
    """Return the same from all orders of the values, without any cleverness."""
    values, size = [*old, *new], len(old)

    def apart(one):
        return abs(sum(one[:size]) / size - sum(one[size:]) / (len(one) - size))

    found = [apart(one) for one in permutations(values)]
    return sum(one >= apart(values) - 1e-12 for one in found) / len(found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]),
        ([0.1, 0.2, 0.3], [0.3, 0.2, 0.1]),
        ([1.0], [2.0, 2.5, 3.0]),
        ([1.0] * 3, [1.0] * 4),
    ],
)
def test_it_is_exact(old, new):
    """For groups whose ways of being dealt out can all be looked at."""
    assert p_value(old, new, CHANCE) == pytest.approx(by_hand(old, new))


def test_few_runs_can_show_little():
    """Four runs a side never come below 0.01, five do, if they are wholly apart."""
    assert least_p(1, 1) == 1
    assert least_p(4, 4) > 0.01 > least_p(5, 5)
    assert p_value([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], CHANCE) == pytest.approx(least_p(5, 5))


def test_many_runs_are_drawn_and_the_seed_decides():
    """What differs is found, what does not is not, never with a p of zero, and the same seed says the same."""
    chance = random.Random(5)
    one, same, other = ([chance.gauss(mean, 0.1) for _ in range(20)] for mean in (1.0, 1.0, 1.3))
    assert 0 < p_value(one, other, random.Random(0)) < 0.001
    assert p_value(one, same, random.Random(0)) > 0.05
    assert p_value(one, same, random.Random(0)) == p_value(one, same, random.Random(0))


def test_chance_alone_is_seldom_called_a_difference():
    """Of groups that do not differ about one in a hundred comes below 0.01."""
    chance = random.Random(7)
    found = [
        p_value([chance.random() for _ in range(5)], [chance.random() for _ in range(5)], chance) for _ in range(500)
    ]
    assert sum(p < 0.01 for p in found) <= 12
    assert 0.3 < sum(p < 0.5 for p in found) / 500 < 0.7
