"""Pings told as one: those of a long silence, and those between the tokens of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, pairwise

from ssedrill.model.phrases import grouped
from ssedrill.reporting.views.wire_wording import Step, step_words
from ssedrill.reporting.views.wording import seconds
from ssedrill_faults.plan import Role, Wait, Write

SAME_S = 0.001
"""Pings that come at distances which differ by less are told to come one every so many seconds."""


def folded(steps: Iterable[Step], moment: Callable[[Step], object]) -> Iterator[list[Step]]:
    """Give steps in the groups in which they are told: those that are alike, and pings with what is between them.

    Steps with another ``moment`` are never told as one.
    """
    groups = [list(run) for _, run in groupby(steps, key=lambda step: (*step.alike, moment(step)))]
    at = 0
    while at < len(groups):
        end = _end(groups, at, moment)
        yield [step for group in groups[at:end] for step in group]
        at = end


def words(run: list[Step]) -> str:
    """Say what a group of steps does, which may have pings and what is between them."""
    pings = [step for step in run if _is_ping(step)]
    others = [step for step in run if not _is_ping(step) and not isinstance(step.op, Wait)]
    if len(pings) < 2 and not (pings and others):
        return step_words(run)
    count = len({event for step in pings for event in _events(step)}) or len(pings)
    told = grouped(count, "ping")
    if others:
        return f"{step_words(others)}, {told} among them"
    gaps = [round(later.t - earlier.t, 6) for earlier, later in pairwise(pings)]
    regular = count == len(pings) and min(gaps) > 0 and max(gaps) - min(gaps) < SAME_S
    return f"← {told}{f', one every {seconds(gaps[0])}' if regular else ''}"


def _end(groups: list[list[Step]], at: int, moment: Callable[[Step], object]) -> int:
    """Return behind which group that is told with the one at ``at``."""
    first = groups[at][0]
    between = Wait if _is_ping(first) else Write if _is_token(first) else None
    end = at + 1
    while between is not None and end + 1 < len(groups):
        middle, last = groups[end][0], groups[end + 1][0]
        fits = isinstance(middle.op, Wait) if between is Wait else _is_ping(middle)
        if not (fits and last.alike == first.alike and moment(middle) == moment(last) == moment(first)):
            break
        if middle.fault not in ("", first.fault):
            break
        end += 2
    return end


def _is_ping(step: Step) -> bool:
    return isinstance(step.op, Write) and step.op.role is Role.PING


def _is_token(step: Step) -> bool:
    return isinstance(step.op, Write) and step.op.role is Role.DELTA


def _events(step: Step) -> tuple[int, ...]:
    return step.op.events if isinstance(step.op, Write) else ()
