"""What a right reader gets out of a stream: an independent look at what faults have made of its events."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate

from ssedrill.dialects.answer import (
    AnswerClosed,
    AnswerEnded,
    AnswerFailed,
    AnswerStarted,
    AnswerStopped,
    AnswerText,
    Unreadable,
)
from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.sse_decoder import SseDecoder
from ssedrill.model.scenario import Flavour
from ssedrill.model.tokens import find_tokens
from ssedrill_faults.plan import Readable

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")
_LAST_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,7}$")


def reads(body: bytes, dialect: Dialect, flavour: Flavour, generation: str) -> Readable:
    """Return the tokens in the order in which they can be read, and 0 behind them at a proper end.

    Reading stops where an event can't be understood, tells of an error, or begins another message: what follows, no
    client can be sure of. In a dialect whose models say why they stop, an answer ends properly where they do; the
    terminal event by itself is an end there only behind the piece that should have said it.
    """
    found = _read(body, dialect)
    ends = list(accumulate(len(text.text) for text in found.texts))
    joined = "".join(text.text for text in found.texts)
    numbers, at, says = [], [], []
    for seen in find_tokens(joined, flavour, raw=False):
        if seen.whole and seen.generation == generation:
            text = found.texts[bisect_left(ends, seen.at + 1)]
            numbers.append(seen.number)
            at.append(text.at)
            says.append(text.says)
    if found.ended is not None:
        numbers, at, says = [*numbers, 0], [*at, found.ended], [*says, 0]
    return Readable(tuple(numbers), tuple(at), tuple(says) if any(says) else ())


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    at: int  # the offset in the body behind its event
    says: int  # the number that its event says it has; 0 if it says none


@dataclass(slots=True)
class _Found:
    texts: list[_Text] = field(default_factory=list)
    ended: int | None = None  # the offset behind the event of a proper end


def _read(body: bytes, dialect: Dialect) -> _Found:
    """Return the texts of a stream, and where it came to its end."""
    found, decoder = _Found(), SseDecoder()
    message, closed = "", False
    for line in _LINE.finditer(body):
        for event in decoder.feed(line[0]):
            try:
                parts = dialect.read.read_event(event)
            except Unreadable:
                return found
            for part in parts:
                match part:
                    case AnswerText(text, number):
                        says = (number or _number_in(event.id)) if dialect.numbered else 0
                        found.texts.append(_Text(text, line.end(), says))
                        closed = False
                    case AnswerStopped(reason) if reason in dialect.reasons:
                        found.ended = line.end()
                    case AnswerClosed():
                        closed = True
                    case AnswerEnded():
                        if found.ended is None and (closed or not dialect.reasons):
                            found.ended = line.end()
                        return found
                    case AnswerFailed():
                        return found
                    case AnswerStarted(id_):
                        if message not in ("", id_):
                            return found
                        message = id_
    return found


def _number_in(id_: str) -> int:
    """Return the number that an event's id ends in; 0 if it ends in none."""
    found = _LAST_NUMBER.search(id_)
    return int(found[0]) if found else 0
