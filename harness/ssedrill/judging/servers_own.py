"""What the server itself repeated, moved or left out of an answer, as far as it had come to that.

The plan says in which order a right reader gets the tokens (``Plan.reads``), and how much of the body must have come
for each. What a client shows twice, or late, is the server's doing only right behind the token that it came behind on
the wire, as often as it came, and only if it came in answer to a request that was still of use when the shown text
began: what was taken back excuses nothing.

It is held against a client all the same if an event told it: the event of what came twice said a number that had come
before, or a later one's number shows the hole. In most dialects events say no number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

from ssedrill.judging.contents import content_of
from ssedrill.judging.written import body_writes, writes
from ssedrill.model.wire_journal import AttemptLog

Odd: TypeAlias = Mapping[tuple[str, int, int], list[bool]]
"""Generation, a token, and the one that comes behind it though it had come before, or should have.

For each time whether its event told the client so; those that did not come first.
"""


def of_use(attempts: Iterable[AttemptLog], since: float) -> list[AttemptLog]:
    """Return the attempts that text which began at a moment can be from."""
    return [one for one in attempts if one.t >= since or (one.played and one.played[-1].t > since)]


def odd_ones(attempts: Iterable[AttemptLog], *, numbered: bool) -> Odd:
    """Return what comes out of order in these attempts, or once more, each time that it does."""
    found: dict[tuple[str, int, int], list[bool]] = {}
    for attempt in attempts:
        plan = attempt.plan
        if not plan.reads:
            continue
        came = Came(attempt, numbered=numbered)
        seen = set(range(1, plan.after + 1))
        highest = highest_said = plan.after
        said = set(seen)
        for (before, _), (number, says) in pairwise(((plan.after, 0), *came.tokens)):
            if number in seen:
                found.setdefault((plan.generation, before, number), []).append(says in said)
            elif number < highest:
                found.setdefault((plan.generation, before, number), []).append(0 < says <= highest_said)
            seen.add(number)
            if says:
                said.add(says)
            highest, highest_said = max(highest, number), max(highest_said, says)
    return {place: sorted(times) for place, times in found.items()}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the server passed over."""

    all: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()  # those of them that numbers of later events show to be missing


def left_out(attempts: list[AttemptLog], generation: str, wanted: Iterable[int], *, numbered: bool) -> LeftOut:
    """Return those of the wanted tokens of an answer that the server passed over and sent in none of the attempts.

    If there is no text to tell by which answer it is, it is the last.
    """
    answer = generation or next((one.plan.generation for one in reversed(attempts) if one.plan.generation), "")
    mine = [Came(one, numbered=numbered) for one in attempts if one.plan.generation == answer]
    if not any(came.attempt.plan.reads for came in mine):
        return LeftOut()
    sent = {number for came in mine for number, _ in came.tokens}
    said = {says for came in mine for _, says in came.tokens}
    heard = said.union(*(came.also_said for came in mine), *(came.slots for came in mine))
    gone = {number for number in wanted if number not in sent and any(came.passed(number) for came in mine)}
    told = {number for number in gone if number not in heard and number < max(said, default=0)}
    return LeftOut(frozenset(gone), frozenset(told))


@dataclass(frozen=True)
class Came:
    """What of an answer had come to its client."""

    attempt: AttemptLog
    numbered: bool  # its events say numbers, unless faults have changed that

    @cached_property
    def tokens(self) -> list[tuple[int, int]]:
        """The tokens in the order in which they can be read, each with the one that its event says it is."""
        plan = self.attempt.plan
        if not plan.reads:
            sent = [number for _, op in writes(self.attempt) for number in op.tokens]
            return [(number, number if self.numbered else 0) for number in sent]
        says = plan.says or (0,) * len(plan.reads)
        there = list(zip(plan.reads, says, strict=True))[: self._come]
        return [(number, said) for number, said in there if number]

    @property
    def also_said(self) -> set[int]:
        """The numbers that events without a token had said."""
        return {extra.says for extra in self.attempt.plan.extras if extra.at <= self._size}

    @property
    def slots(self) -> set[int]:
        """The tokens whose events had come, whatever a fault had made of them: their place is no hole."""
        return {number for _, op in writes(self.attempt) for number in op.token_slots}

    @cached_property
    def _come(self) -> int:
        """How many of the plan's ``reads`` had come."""
        return bisect_right(self.attempt.plan.reads_at, self._size)

    @cached_property
    def _size(self) -> int:
        """How many bytes of the body's content had come."""
        return sum(map(len, content_of(self.attempt, body_writes(self.attempt))))

    def passed(self, number: int) -> bool:
        """Tell whether a token was left out where its event, or the answer behind it, could be read, or it ended."""
        plan = self.attempt.plan
        if not plan.reads or number <= plan.after:
            return False
        if number in self.also_said:
            return True  # its event came, and could be read
        last = max((one for one, _ in self.tokens), default=0)
        return number < last or (plan.reads[-1] == 0 and self._come == len(plan.reads))
