"""Moments of a run: whole picoseconds, and how they look in seconds.

A sum of floats lies beside the float of the sum: twenty sleeps of 0.05 s would end a last digit before ``start + 1``,
and a client that waits for that would sleep once more. So what is added up is whole, and if the float of a moment
still lies below what a client comes to by adding floats, the moment is the first one that does not.
"""

from __future__ import annotations

import math
from fractions import Fraction

SECOND = 10**12
STEP = 1000
"""The shortest wait: a nanosecond, which clients can tell from none."""


def seconds(moment: int) -> float:
    """Return a moment in seconds: the float that is nearest to it."""
    return moment / SECOND


def at_or_after(when: float) -> int:
    """Return the first moment that does not look earlier than this one in seconds."""
    moment = round(when * 1e9) * STEP
    if moment / SECOND == when:  # as nearly all do
        return moment
    moment = nearest(when)
    return moment if seconds(moment) >= when else math.ceil(Fraction(when) * SECOND)


def after(now: int, delay: float) -> int:
    """Return the moment so many seconds after this one, as whoever adds them to the float of now expects it."""
    if delay <= 0:
        return now
    expected, exact = seconds(now) + delay, now + nearest(delay)
    return max(exact if seconds(exact) >= expected else at_or_after(expected), now + STEP)


def nearest(length: float) -> int:
    """Return seconds in whole nanoseconds if they look the same, as somebody who writes decimals means it."""
    decimal = round(length * 1e9) * STEP
    return decimal if abs(seconds(decimal) - length) <= 2 * math.ulp(length) else round(length * SECOND)
