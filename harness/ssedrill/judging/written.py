"""Which tokens were on the wire, from when, and in the answer to which attempt.

The bytes that were written say it, not what a plan says of them: text inside JSON counts however it is escaped, also
in an event that was cut off or damaged, and in a whole body. What a plan says of its segments counts besides: HTTP
may have cut a token's text in two where a segment was put together from several.
"""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeAlias

from ssedrill.model.record import AttemptLog, Played, WireJournal
from ssedrill.model.scenario import Flavour
from ssedrill.model.tokens import find_tokens
from ssedrill_faults.plan import Role, Write

ROUNDING_S = 1.1e-6
"""Both journals round their times to the microsecond, each its own way."""

Token: TypeAlias = tuple[str, int]
"""Generation and number."""


@dataclass(frozen=True, slots=True)
class Written:
    """Which tokens were written, when, and in which attempts."""

    times: dict[Token, list[tuple[float, int]]] = field(default_factory=dict)  # first of each attempt, in their order
    generations: frozenset[str] = frozenset()  # those of which anything was written, or was to be

    def sources(self, token: Token, by: float) -> list[int]:
        """Return the attempts that had written a token by then; any of them may have brought it."""
        return [attempt for t, attempt in self.times.get(token, ()) if t <= by + ROUNDING_S]

    def numbers(self, by: float) -> set[int]:
        """Return the numbers of all tokens that had been written by then, in whatever generation's words."""
        return {number for (_, number), times in self.times.items() if any(t <= by for t, _ in times)}


def written_on(wire: WireJournal, flavour: Flavour) -> Written:
    """Read all tokens in what was written."""
    times: dict[Token, list[tuple[float, int]]] = {}
    for attempt in wire.attempts:
        for token, t in _firsts(attempt, flavour).items():
            times.setdefault(token, []).append((t, attempt.number))
    named = {attempt.plan.generation for attempt in wire.attempts}
    return Written(times, frozenset({generation for generation, _ in times} | named - {""}))


def body_writes(attempt: AttemptLog) -> list[tuple[Played, Write]]:
    """Return what was written of an answer's body, in order."""
    return [(played, op) for played, op in writes(attempt) if op.role not in (Role.HEAD, Role.END)]


def writes(attempt: AttemptLog) -> list[tuple[Played, Write]]:
    """Return all that was written of an answer, in order."""
    return [(played, op) for played in attempt.played if isinstance(op := attempt.plan.ops[played.op], Write)]


def _firsts(attempt: AttemptLog, flavour: Flavour) -> dict[Token, float]:
    """Return when an attempt had first written each of its tokens."""
    found: dict[Token, float] = {}
    for token, t in (*_declared(attempt), *_read(body_writes(attempt), flavour)):
        found[token] = min(t, found.get(token, t))
    return found


def _declared(attempt: AttemptLog) -> Iterator[tuple[Token, float]]:
    generation = attempt.plan.generation
    if generation:
        for played, op in writes(attempt):
            for number in op.tokens:
                yield (generation, number), played.t


def _read(body: Iterable[tuple[Played, Write]], flavour: Flavour) -> Iterator[tuple[Token, float]]:
    """Find the tokens in a body, each with the time of the write that brought its last byte."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pieces = [(played.t, decoder.decode(op.content)) for played, op in body]
    ends = list(accumulate(len(text) for _, text in pieces))
    joined = "".join(text for _, text in pieces)
    at = 0
    for seen in find_tokens(joined, flavour, raw=True):
        if seen.whole:
            at = bisect_left(ends, seen.at + 1, lo=at)
            yield (seen.generation, seen.number), pieces[at][0]
