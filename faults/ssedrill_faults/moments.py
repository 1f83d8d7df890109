"""Moments along the pauses of an attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from ssedrill_faults.fault import Impossible
from ssedrill_faults.plan import ENDINGS, Op, Silence, Wait, Write

ROUNDING_S = 1e-9
"""Pauses that are added up may come out so much less than they are together."""

Parts: TypeAlias = tuple[tuple[Op, ...], tuple[Op, ...]]


def at_moment(ops: Sequence[Op], seconds: float) -> Parts:
    """Return the operations before and after a moment, counted from the request; a pause is cut in two there.

    What is due at that very moment comes after it. Raises Impossible if the attempt is over by then.
    """
    passed = 0.0
    for i, op in enumerate(ops):
        if passed >= seconds - ROUNDING_S:
            return tuple(ops[:i]), tuple(ops[i:])
        if isinstance(op, Wait):
            if passed + op.seconds > seconds + ROUNDING_S:
                return _within(ops, i, seconds - passed)
            passed += op.seconds
        elif isinstance(op, Silence):
            return (*ops[:i], Wait(seconds - passed, op.fault)), (op,)
        elif isinstance(op, ENDINGS):
            break
    if passed >= seconds - ROUNDING_S:
        return tuple(ops), ()
    raise Impossible(f"the answer is over after {passed:g} s, which is before {seconds:g} s")


def at_silence(ops: Sequence[Op], seconds: float) -> Parts:
    """Return the operations before and after the first time that nothing was written for so long.

    Raises Impossible if that never happens.
    """
    silent = longest = 0.0
    for i, op in enumerate(ops):
        if isinstance(op, Write):
            silent = 0.0
        elif isinstance(op, Wait):
            if silent + op.seconds >= seconds - ROUNDING_S:
                return _within(ops, i, seconds - silent)
            silent += op.seconds
            longest = max(longest, silent)
        elif isinstance(op, Silence):
            return (*ops[:i], Wait(seconds - silent, op.fault)), (op,)
    raise Impossible(f"the answer is never silent for {seconds:g} s, only for {longest:g} s")


def _within(ops: Sequence[Op], index: int, seconds: float) -> Parts:
    """Return the operations before and after a moment inside a pause, so many seconds after it began."""
    wait = ops[index]
    assert isinstance(wait, Wait)
    rest = wait.seconds - seconds
    if rest <= ROUNDING_S:
        return tuple(ops[: index + 1]), tuple(ops[index + 1 :])
    before = (replace(wait, seconds=seconds),) if seconds > 0 else ()
    after = (replace(wait, seconds=rest),)
    return (*ops[:index], *before), (*after, *ops[index + 1 :])
