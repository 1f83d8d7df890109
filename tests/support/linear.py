"""How much work something is, counted in lines of Python that are run: the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

LARGER = 4
QUADRATIC = LARGER * 2
"""Four times the work is four times as many lines; if it were the square of that, they would be sixteen times."""


def lines_run(work: Callable[[], object]) -> int:
    """Return how many lines are run, each turn of a loop counted."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def grows_linearly(work: Callable[[int], Callable[[], object]], size: int, limit: float = QUADRATIC) -> None:
    """See that four times as much is about four times the work; ``work`` makes what is measured, of a size.

    The ``limit`` is lower if what may be quadratic is a small part of it.
    """
    small, large = (work(some) for some in (size, LARGER * size))
    small()  # what is done once only
    less, more = lines_run(small), lines_run(large)
    assert more < limit * less, f"{size}: {less} lines, {LARGER * size}: {more} lines"
