"""What the server itself repeated, moved or left out of an answer, as far as it had come to that.

The plan says in which order a right reader gets the tokens (``Plan.reads``). What a client shows twice, or late, is
the server's doing only right behind the token that it came behind on the wire, as often as it came, and only if it
came in answer to a request that was still of use when the shown text began: what was taken back excuses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import TypeAlias

from ssedrill.model.wire_journal import AttemptLog
from ssedrill_faults.plan import Role, Write

Odd: TypeAlias = Counter[tuple[str, int, int]]
"""Generation, a token, and the one that comes behind it though it had come before, or should have."""


def of_use(attempts: Iterable[AttemptLog], since: float) -> list[AttemptLog]:
    """Return the attempts that text which began at a moment can be from."""
    return [one for one in attempts if one.t >= since or (one.played and one.played[-1].t > since)]


def odd_ones(attempts: Iterable[AttemptLog]) -> Odd:
    """Return what comes out of order in these attempts, or once more, and how often."""
    found: Odd = Counter()
    for attempt in attempts:
        plan = attempt.plan
        seen, highest = set(range(1, plan.after + 1)), plan.after
        for before, number in pairwise((plan.after, *(n for n in plan.reads if n))):
            if number in seen or number < highest:
                found[plan.generation, before, number] += 1
            seen.add(number)
            highest = max(highest, number)
    return found


def left_out(attempts: list[AttemptLog], generation: str, wanted: Iterable[int]) -> set[int]:
    """Return those of the wanted tokens of an answer that the server passed over and sent in none of the attempts."""
    mine = [attempt for attempt in attempts if attempt.plan.generation == generation]
    passed_by = [_passed(attempt) for attempt in mine if attempt.plan.reads]
    if not passed_by:
        return set()
    sent = {number for attempt in mine for op in _writes(attempt) for number in op.tokens}
    return {number for number in wanted if number not in sent and any(passed(number) for passed in passed_by)}


def _passed(attempt: AttemptLog) -> Callable[[int], bool]:
    """Return what tells whether the attempt left a token out that can be read on behind, and had come as far."""
    plan, writes = attempt.plan, list(_writes(attempt))
    read = {number for number in plan.reads if number}
    last = max(read, default=0)
    sent = max((number for op in writes for number in op.tokens), default=0)
    ended = plan.reads[-1] == 0 and any(op.role is Role.TERMINAL for op in writes)

    def passed(number: int) -> bool:
        if number <= plan.after or number in read:
            return False
        return number < sent if number < last else ended

    return passed


def _writes(attempt: AttemptLog) -> Iterator[Write]:
    for played in attempt.played:
        op = attempt.plan.ops[played.op]
        if isinstance(op, Write):
            yield op
