"""What a right reader gets out of a stream: an independent look at what faults have made of its events."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from ssedrill.dialects.answer import (
    AnswerClosed,
    AnswerEnded,
    AnswerFailed,
    AnswerPart,
    AnswerStarted,
    AnswerStopped,
    AnswerText,
    Unreadable,
)
from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.sse_decoder import SseDecoder, SseEvent
from ssedrill.model.scenario import Flavour
from ssedrill.model.tokens import Seen, find_tokens
from ssedrill_faults.plan import Extra, Readable

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LAST_NUMBER = re.compile(r"(?<![0-9])[0-9]{1,7}$")


def reads(body: bytes, dialect: Dialect, flavour: Flavour, generation: str) -> Readable:
    """Return the tokens in the order in which they can be read, and 0 behind them at a proper end.

    Reading stops where an event can't be understood, tells of an error, or begins another message: what follows, no
    client can be sure of. In a dialect whose models say why they stop, an answer ends properly where they do; the
    terminal event by itself is an end there only behind the piece that should have said it.

    What an event says that is no token is read to the very end: whoever shows such text was sent it. And a client
    that goes by the numbers of events has seen that of an event without text.
    """
    found = _read(body, dialect)
    numbers, at, says, extras = [], [], [], []
    after, new, known = 0, 0, {0}
    for piece in found.pieces(flavour):
        last, number = piece.texts[-1][0], piece.seen.number
        if not piece.is_token_of(generation):
            extras += [Extra(text.at, part, after, new, text.says) for text, part in piece.texts]
            continue
        after, new = number, new if number in known else number
        known.add(number)
        if last.sure:
            numbers.append(number)
            at.append(last.at)
            says.append(last.says)
    told = {*at, *(extra.at for extra in extras)}
    extras += [Extra(text.at, says=text.says) for text in found.silent if text.at not in told]
    if found.ended is not None:
        numbers, at, says = [*numbers, 0], [*at, found.ended], [*says, 0]
    extras.sort(key=lambda extra: extra.at)
    return Readable(tuple(numbers), tuple(at), tuple(says) if any(says) else (), tuple(extras))


def unjudgeable(body: bytes, dialect: Dialect, flavour: Flavour, generation: str) -> str | None:
    """Say why nobody could tell what a client makes of the text in a body, or return None if one can.

    What a client shows is told by its tokens, so that nothing else may look like one of them; and a token in two
    events is none to who prints the stream as it comes. Half a surrogate pair is no text (RFC 8259, 8.2): clients
    show it in whatever way their language has for that.
    """
    for piece in _read(body, dialect).pieces(flavour):
        if _SURROGATE.search(piece.text):
            return (
                "an event's text has half a surrogate pair, which clients show in ways of their own: "
                "write the whole character"
            )
        if piece.seen.whole and (piece.seen.generation != generation or len(piece.texts) > 1):
            return (
                f"the text {piece.text!r} is put together so that it can't be told from a token: "
                f"write {{token:{piece.seen.number}}} for a token as it is served, else words without a number"
            )
    return None


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    at: int  # the offset in the body behind its event
    says: int  # the number that its event says it has; 0 if it says none
    sure: bool = True  # a client can be sure of it: nothing ahead of it tells it to read no further


@dataclass(frozen=True, slots=True)
class _Piece:
    """A token, or text that is none, and in which texts of events it stands."""

    seen: Seen
    text: str
    texts: tuple[tuple[_Text, str], ...]  # with what of it stands in each

    def is_token_of(self, generation: str) -> bool:
        return self.seen.whole and self.seen.generation == generation


@dataclass(slots=True)
class _Found:
    texts: list[_Text] = field(default_factory=list)
    silent: list[_Text] = field(default_factory=list)  # events that say a number and no text
    ended: int | None = None  # the offset behind the event of a proper end

    def pieces(self, flavour: Flavour) -> Iterator[_Piece]:
        """Give the tokens, and the texts between them, of all the text."""
        joined = "".join(text.text for text in self.texts)
        ends = list(accumulate(len(text.text) for text in self.texts))
        begin = 0
        for seen in find_tokens(joined, flavour, tail=True):
            texts, at = [], begin
            while at <= seen.at:
                which = bisect_right(ends, at)
                end = min(ends[which], seen.at + 1)
                texts.append((self.texts[which], joined[at:end]))
                at = end
            yield _Piece(seen, joined[begin : seen.at + 1], tuple(texts))
            begin = seen.at + 1


def _read(body: bytes, dialect: Dialect) -> _Found:
    """Return the texts of a stream, and where it came to its end."""
    found, decoder = _Found(), SseDecoder()
    message, closed, sure = "", False, True
    for line in _LINE.finditer(body):
        for event in decoder.feed(line[0]):
            try:
                parts = dialect.read.read_event(event)
            except Unreadable:
                sure = False
                continue
            if sure and (says := _says_only(event, parts, dialect)):
                found.silent.append(_Text("", line.end(), says))
            for part in parts:
                match part:
                    case AnswerText(text, number):
                        says = (number or _number_in(event.id)) if dialect.numbered else 0
                        found.texts.append(_Text(text, line.end(), says, sure))
                        closed = False
                    case AnswerStopped(reason) if reason in dialect.reasons and sure:
                        found.ended = line.end()
                    case AnswerClosed():
                        closed = True
                    case AnswerEnded():
                        if sure and found.ended is None and (closed or not dialect.reasons):
                            found.ended = line.end()
                        sure = False
                    case AnswerFailed():
                        sure = False
                    case AnswerStarted(id_):
                        sure = sure and message in ("", id_)
                        message = id_
    return found


def _says_only(event: SseEvent, parts: Sequence[AnswerPart], dialect: Dialect) -> int:
    """Return the number that an event without text says it has; 0 if it has text, or says none."""
    texts = [part for part in parts if isinstance(part, AnswerText)]
    if not dialect.numbered or any(part.text for part in texts):
        return 0
    return next((part.number for part in texts if part.number), 0) or _number_in(event.id)


def _number_in(id_: str) -> int:
    """Return the number that an event's id ends in; 0 if it ends in none."""
    found = _LAST_NUMBER.search(id_)
    return int(found[0]) if found else 0
