"""What the server itself repeated, moved or left out of an answer, as far as it had come to that.

The plan says in which order a right reader gets the tokens (``Plan.reads``). What a client shows twice, or late, is
the server's doing only right behind the token that it came behind on the wire, as often as it came, and only if it
came in answer to a request that was still of use when the shown text began: what was taken back excuses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
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
    sent = {number for attempt in mine for op in _writes(attempt) for number in op.tokens}
    return {number for number in wanted if number not in sent and any(_passed(one, number) for one in mine)}


def _passed(attempt: AttemptLog, number: int) -> bool:
    """Tell whether an attempt left a token out that can be read on behind, and had come as far."""
    plan = attempt.plan
    numbers = [n for n in plan.reads if n]
    if not plan.reads or number <= plan.after or number in numbers:
        return False
    if number < max(numbers, default=0):
        return any(later > number for op in _writes(attempt) for later in op.tokens)
    return plan.reads[-1] == 0 and any(op.role is Role.TERMINAL for op in _writes(attempt))


def _writes(attempt: AttemptLog) -> Iterator[Write]:
    for played in attempt.played:
        op = attempt.plan.ops[played.op]
        if isinstance(op, Write):
            yield op
