"""What a right reader gets out of a stream: an independent look at what faults have made of its events."""

from __future__ import annotations

from ssedrill.dialects.answer import AnswerEnded, AnswerFailed, AnswerStarted, AnswerText, Unreadable
from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.sse_decoder import SseDecoder
from ssedrill.model.scenario import Flavour
from ssedrill.model.tokens import find_tokens


def reads(body: bytes, dialect: Dialect, flavour: Flavour, generation: str) -> tuple[int, ...]:
    """Return the numbers of the tokens in the order in which they can be read, and 0 behind them at the end's event.

    Reading stops where an event can't be understood, tells of an error, or begins another message: what follows, no
    client can be sure of.
    """
    texts, ended = _texts(body, dialect)
    found = find_tokens("".join(texts), flavour, raw=False)
    numbers = tuple(seen.number for seen in found if seen.whole and seen.generation == generation)
    return (*numbers, 0) if ended else numbers


def _texts(body: bytes, dialect: Dialect) -> tuple[list[str], bool]:
    """Return the texts of a stream, and whether it came to its end."""
    texts: list[str] = []
    message = ""
    for event in SseDecoder().feed(body):
        try:
            parts = dialect.read.read_event(event)
        except Unreadable:
            return texts, False
        for part in parts:
            match part:
                case AnswerText(text):
                    texts.append(text)
                case AnswerEnded():
                    return texts, True
                case AnswerFailed():
                    return texts, False
                case AnswerStarted(id_):
                    if message not in ("", id_):
                        return texts, False
                    message = id_
    return texts, False
