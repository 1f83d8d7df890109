"""Which tokens were on the wire, from when, and in the answer to which attempt.

The bytes that were written say it, not what a plan says of them: text inside JSON counts however it is escaped, also
in an event that was cut off or damaged, and in a whole body. What a plan says of its segments counts besides: where
the sizes of chunks are wrong, what is content is not known.
"""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise, takewhile
from math import inf
from typing import TypeAlias

from ssedrill.judging.contents import content_of, decoded, plain
from ssedrill.model.scenario import Flavour
from ssedrill.model.tokens import begun_part, find_tokens
from ssedrill.model.wire_journal import AttemptLog, Played, WireJournal
from ssedrill_faults.plan import Role, Write

ROUNDING_S = 1.1e-6
"""Both journals round their times to the microsecond, each its own way."""

Token: TypeAlias = tuple[str, int]
"""Generation and number."""


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """The attempts that had written a token by a moment: any of them may have brought it.

    They are looked up, not copied: each of many attempts may have written what each of many tokens shows.
    """

    times: Sequence[tuple[float, int]]  # when each attempt wrote it first, in the order of the attempts
    by: float

    def __iter__(self) -> Iterator[int]:
        """Give their numbers in order."""
        return (attempt for t, attempt in self.times if t <= self.by)

    def __reversed__(self) -> Iterator[int]:
        """Give them from the last one on."""
        return (attempt for t, attempt in reversed(self.times) if t <= self.by)

    def __contains__(self, number: int) -> bool:
        at = bisect_left(self.times, number, key=lambda one: one[1])
        return at < len(self.times) and self.times[at][1] == number and self.times[at][0] <= self.by


@dataclass(frozen=True)
class Written:
    """Which tokens were written, when, and in which attempts."""

    times: dict[Token, list[tuple[float, int]]]  # first of each attempt, in their order
    attempts: tuple[AttemptLog, ...] = ()
    flavour: Flavour = Flavour.ASCII
    numbered: bool = True  # a client can tell by ids or numbers what comes twice, and what does not come
    _known_rests: dict[Token, dict[str, float]] = field(default_factory=dict)

    def sources(self, token: Token, by: float) -> Sources:
        """Return the attempts that had written a token by then."""
        return Sources(self.times.get(token, ()), by + ROUNDING_S)

    def sent(self, token: Token, by: float) -> bool:
        """Tell whether any attempt had written a token by then."""
        return self._earliest.get(token, inf) <= by + ROUNDING_S

    def had(self, number: int, by: float, among: Callable[[int], bool]) -> bool:
        """Tell whether one of these attempts had written this token by then, in whatever generation's words."""
        times = takewhile(lambda one: one[0] <= by, self._by_number.get(number, ()))
        return any(among(attempt) for _, attempt in times)

    @cached_property
    def _earliest(self) -> dict[Token, float]:
        return {token: min(t for t, _ in times) for token, times in self.times.items()}

    @cached_property
    def _by_number(self) -> dict[int, list[tuple[float, int]]]:
        found: dict[int, list[tuple[float, int]]] = {}
        for (_, number), times in self.times.items():
            found.setdefault(number, []).extend(times)
        for times in found.values():
            times.sort()
        return found

    @cached_property
    def _by_generation(self) -> dict[str, list[AttemptLog]]:
        found: dict[str, list[AttemptLog]] = {}
        for attempt in self.attempts:
            found.setdefault(attempt.plan.generation, []).append(attempt)
        return found

    def has_begun(self, text: str, after: Token | None, by: float) -> bool:
        """Tell whether a text that breaks off is the beginning of the token after another, and came over the wire.

        Without another token before it, it is the beginning of an answer.
        """
        number = (after[1] if after else 0) + 1
        possible = [after[0]] if after else reversed(self._by_generation)  # most often it is the last
        return any(self._has_begun(text, (generation, number), by) for generation in possible)

    def _has_begun(self, text: str, token: Token, by: float) -> bool:
        part = begun_part(text, *token)
        if part is None:
            return False
        latest = by + ROUNDING_S
        if self.sent(token, by) or any(part in rest and t <= latest for rest, t in self._rests(token).items()):
            return True
        attempts = self._by_generation.get(token[0], ())
        going_on = (one for one in attempts if one.played and one.t <= latest < one.played[-1].t)
        return any(part in rest for one in going_on for rest in _behind(one, token[1] - 1, by, self.flavour))

    def stood_behind(self, text: str, token: Token | None, by: float) -> bool:
        """Tell whether an answer with text of its own between tokens had this there, as its body spells it."""
        generation, number = token or ("", 0)
        mine = (one for one in self.attempts if one.plan.extras and generation in ("", one.plan.generation))
        return any(text in rest for one in mine for rest in _behind(one, number, by, self.flavour))

    def _rests(self, token: Token) -> dict[str, float]:
        """Return what attempts have written in place of a token, and when the first that wrote it was over."""
        if token not in self._known_rests:
            found = self._known_rests[token] = {}
            for attempt in self._by_generation.get(token[0], ()):
                over = attempt.played[-1].t if attempt.played else inf
                for rest in _behind(attempt, token[1] - 1, inf, self.flavour):
                    found[rest] = min(found.get(rest, inf), over)
        return self._known_rests[token]


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
    return played.read is False and attempt.consumed is not None and played.end - len(op.data) >= attempt.consumed


def _firsts(attempt: AttemptLog, flavour: Flavour) -> dict[Token, float]:
    """Return when an attempt had first written each of its tokens."""
    found: dict[Token, float] = {}
    for token, t in (*_declared(attempt), *_planned(attempt), *_read(attempt, body_writes(attempt), flavour)):
        found[token] = min(t, found.get(token, t))
    return found


def _declared(attempt: AttemptLog) -> Iterator[tuple[Token, float]]:
    generation = attempt.plan.generation
    if generation:
        for played, op in body_writes(attempt):
            for number in op.tokens:
                yield (generation, number), played.t


def _planned(attempt: AttemptLog) -> Iterator[tuple[Token, float]]:
    """Give the tokens that can be read, however faults have spelled them, with the time when each had come."""
    plan = attempt.plan
    for number, t in zip(plan.reads, came_at(attempt, plan.reads_at), strict=True):
        if number and t is not None:
            yield (plan.generation, number), t


def came_at(attempt: AttemptLog, offsets: Sequence[int]) -> Iterator[float | None]:
    """Give the time when so many bytes of a body's content had come, for each offset; None if they had not."""
    if not offsets:
        return
    body = body_writes(attempt)
    ends = list(accumulate(map(len, content_of(attempt, body))))
    for offset in offsets:
        at = bisect_left(ends, offset)
        yield body[at][0].t if at < len(ends) else None


def _behind(attempt: AttemptLog, number: int, by: float, flavour: Flavour) -> Iterator[str]:
    """Give what an attempt had written by then each time behind a token, up to the full stop of the next whole one.

    What stands ahead of its first token is behind the token that it goes on after.
    """
    body = [(played, op) for played, op in body_writes(attempt) if played.t <= by + ROUNDING_S]
    for pieces in (_pieces(body), _decoded(attempt, body)):
        yield from _behind_in("".join(text for _, text in pieces), attempt, number, flavour)


def _behind_in(joined: str, attempt: AttemptLog, number: int, flavour: Flavour) -> Iterator[str]:
    whole = [seen for seen in find_tokens(joined, flavour, raw=True) if seen.whole]
    before = ((attempt.plan.first_token or 1) - 1, *(seen.number for seen in whole))
    stops = (0, *(seen.at for seen in whole), len(joined))
    for token, (begin, end) in zip(before, pairwise(stops), strict=True):
        if token == number:
            yield joined[begin:end]


def _pieces(body: Sequence[tuple[Played, Write]]) -> list[tuple[float, str]]:
    return _texts(body, plain(body))


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
