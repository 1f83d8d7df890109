"""Which tokens were on the wire, from when, and in the answer to which attempt.

The bytes that were written say it, not what a plan says of them: text inside JSON counts however it is escaped, also
in an event that was cut off or damaged, and in a whole body. What a plan says of its segments counts besides: HTTP
may have cut a token's text in two where a segment was put together from several.
"""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TypeAlias

from ssedrill.judging.contents import decoded
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
    numbered: bool = True  # a client can tell by ids or numbers what comes twice, and what does not come

    def repeated(self) -> Counter[Token]:
        """Return how often the server itself sent each token once more."""
        again = ((attempt.plan.generation, n) for attempt in self.attempts for n in attempt.plan.repeated)
        return Counter(token for token in again if token in self.times)

    def left_out(self, generation: str) -> set[int]:
        """Return the numbers of the tokens of an answer that the server itself left out."""
        return {n for one in self.attempts if one.plan.generation == generation for n in one.plan.left_out}

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


def written_on(wire: WireJournal, flavour: Flavour, *, numbered: bool = True) -> Written:
    """Read all tokens in what was written; ``numbered`` is as in :class:`Written`."""
    times: dict[Token, list[tuple[float, int]]] = {}
    for attempt in wire.attempts:
        for token, t in _firsts(attempt, flavour).items():
            times.setdefault(token, []).append((t, attempt.number))
    return Written(times, tuple(attempt for attempt in wire.attempts if attempt.plan.generation), flavour, numbered)


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
    for token, t in (*_declared(attempt), *_read(attempt, body_writes(attempt), flavour)):
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
    for pieces in (_pieces(body), _decoded(attempt, body)):
        if pieces or not body:
            yield from _behind_in("".join(text for _, text in pieces), attempt, number, flavour)


def _behind_in(joined: str, attempt: AttemptLog, number: int, flavour: Flavour) -> Iterator[str]:
    whole = [seen for seen in find_tokens(joined, flavour, raw=True) if seen.whole]
    before = ((attempt.plan.first_token or 1) - 1, *(seen.number for seen in whole))
    stops = (0, *(seen.at for seen in whole), len(joined))
    for token, (begin, end) in zip(before, pairwise(stops), strict=True):
        if token == number:
            yield joined[begin:end]


def _pieces(body: Sequence[tuple[Played, Write]]) -> list[tuple[float, str]]:
    return _texts(body, [op.content for _, op in body])


def _decoded(attempt: AttemptLog, body: Sequence[tuple[Played, Write]]) -> list[tuple[float, str]]:
    """Return the pieces of a body in a content coding; none if it is in none."""
    pieces = decoded(attempt, body)
    return [] if pieces is None else _texts(body, pieces)


def _texts(body: Sequence[tuple[Played, Write]], pieces: Sequence[bytes]) -> list[tuple[float, str]]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    return [(played.t, decoder.decode(piece)) for (played, _), piece in zip(body, pieces, strict=True)]


def _read(
    attempt: AttemptLog, body: Sequence[tuple[Played, Write]], flavour: Flavour
) -> Iterator[tuple[Token, float]]:
    """Find the tokens in a body, each with the time of the write that brought its last byte."""
    for pieces in (_pieces(body), _decoded(attempt, body)):
        yield from _tokens_in(pieces, flavour)


def _tokens_in(pieces: Sequence[tuple[float, str]], flavour: Flavour) -> Iterator[tuple[Token, float]]:
    ends = list(accumulate(len(text) for _, text in pieces))
    joined = "".join(text for _, text in pieces)
    at = 0
    for seen in find_tokens(joined, flavour, raw=True):
        if seen.whole:
            at = bisect_left(ends, seen.at + 1, lo=at)
            yield (seen.generation, seen.number), pieces[at][0]
