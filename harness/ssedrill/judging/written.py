"""Which tokens were on the wire, from when, and in the answer to which attempt.

The bytes that were written say it, not what a plan says of them: text inside JSON counts however it is escaped, also
in an event that was cut off or damaged, and in a whole body. What a plan says of its segments counts besides: HTTP
may have cut a token's text in two where a segment was put together from several.
"""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TypeAlias

from ssedrill.model.scenario import Flavour
from ssedrill.model.tokens import begun_part, find_tokens
from ssedrill.model.wire_journal import AttemptLog, Played, WireJournal
from ssedrill_faults.plan import Role, Write

ROUNDING_S = 1.1e-6
"""Both journals round their times to the microsecond, each its own way."""

Token: TypeAlias = tuple[str, int]
"""Generation and number."""


@dataclass(frozen=True, slots=True)
class Written:
    """Which tokens were written, when, and in which attempts."""

    times: dict[Token, list[tuple[float, int]]] = field(default_factory=dict)  # first of each attempt, in their order
    attempts: tuple[AttemptLog, ...] = ()
    flavour: Flavour = Flavour.ASCII

    def sources(self, token: Token, by: float) -> list[int]:
        """Return the attempts that had written a token by then; any of them may have brought it."""
        return [attempt for t, attempt in self.times.get(token, ()) if t <= by + ROUNDING_S]

    def numbers(self, by: float, attempts: Container[int]) -> set[int]:
        """Return the numbers of what these attempts had written by then, in whatever generation's words."""
        return {
            number
            for (_, number), times in self.times.items()
            if any(t <= by and attempt in attempts for t, attempt in times)
        }

    def has_begun(self, text: str, after: Token | None, by: float) -> bool:
        """Tell whether a text that breaks off is the beginning of the token after another, and came over the wire.

        Without another token before it, it is the beginning of an answer.
        """
        before = after[1] if after else 0
        return any(
            attempt.number in self.sources((attempt.plan.generation, before + 1), by)
            or any(part in piece for piece in _behind(attempt, before, by, self.flavour))
            for attempt in self.attempts
            if after in (None, (attempt.plan.generation, before))
            and (part := begun_part(text, attempt.plan.generation, before + 1)) is not None
        )


def written_on(wire: WireJournal, flavour: Flavour) -> Written:
    """Read all tokens in what was written."""
    times: dict[Token, list[tuple[float, int]]] = {}
    for attempt in wire.attempts:
        for token, t in _firsts(attempt, flavour).items():
            times.setdefault(token, []).append((t, attempt.number))
    return Written(times, tuple(attempt for attempt in wire.attempts if attempt.plan.generation), flavour)


def body_writes(attempt: AttemptLog) -> list[tuple[Played, Write]]:
    """Return what was written of an answer's body, in order, but for what the client is known to have left unread."""
    return [
        (played, op)
        for played, op in writes(attempt)
        if op.role not in (Role.HEAD, Role.END) and not _left_unread(attempt, played, op)
    ]


def writes(attempt: AttemptLog) -> list[tuple[Played, Write]]:
    """Return all that was written of an answer, in order."""
    return [(played, op) for played in attempt.played if isinstance(op := attempt.plan.ops[played.op], Write)]


def _left_unread(attempt: AttemptLog, played: Played, op: Write) -> bool:
    """Tell whether the client has read none of a segment."""
    return (
        played.read is False and attempt.consumed is not None and played.end - len(op.data) >= attempt.consumed
    )


def _firsts(attempt: AttemptLog, flavour: Flavour) -> dict[Token, float]:
    """Return when an attempt had first written each of its tokens."""
    found: dict[Token, float] = {}
    for token, t in (*_declared(attempt), *_read(body_writes(attempt), flavour)):
        found[token] = min(t, found.get(token, t))
    return found


def _declared(attempt: AttemptLog) -> Iterator[tuple[Token, float]]:
    generation = attempt.plan.generation
    if generation:
        for played, op in body_writes(attempt):
            for number in op.tokens:
                yield (generation, number), played.t


def _behind(attempt: AttemptLog, number: int, by: float, flavour: Flavour) -> Iterator[str]:
    """Give what an attempt had written by then each time behind a token, up to the full stop of the next whole one.

    What stands ahead of its first token is behind the token that it goes on after.
    """
    body = [(played, op) for played, op in body_writes(attempt) if played.t <= by + ROUNDING_S]
    joined = "".join(text for _, text in _pieces(body))
    whole = [seen for seen in find_tokens(joined, flavour, raw=True) if seen.whole]
    before = ((attempt.plan.first_token or 1) - 1, *(seen.number for seen in whole))
    stops = (0, *(seen.at for seen in whole), len(joined))
    for token, (begin, end) in zip(before, pairwise(stops), strict=True):
        if token == number:
            yield joined[begin:end]


def _pieces(body: Iterable[tuple[Played, Write]]) -> list[tuple[float, str]]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return [(played.t, decoder.decode(op.content)) for played, op in body]


def _read(body: Iterable[tuple[Played, Write]], flavour: Flavour) -> Iterator[tuple[Token, float]]:
    """Find the tokens in a body, each with the time of the write that brought its last byte."""
    pieces = _pieces(body)
    ends = list(accumulate(len(text) for _, text in pieces))
    joined = "".join(text for _, text in pieces)
    at = 0
    for seen in find_tokens(joined, flavour, raw=True):
        if seen.whole:
            at = bisect_left(ends, seen.at + 1, lo=at)
            yield (seen.generation, seen.number), pieces[at][0]
