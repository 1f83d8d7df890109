"""What answers say besides their text, as a right reader of their dialect has it."""

from __future__ import annotations

from collections.abc import Sequence

from ssedrill.dialects.answer import AnswerEnded, AnswerStopped, Unreadable
from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import Resumption
from ssedrill.dialects.sse_decoder import SseDecoder
from ssedrill.model.told import Told


def told_in_stream(dialect: Dialect, stream: bytes) -> Told:
    """Return what a stream says up to its terminal event, but for events that can't be read."""
    usage: dict[str, int] = {}
    whole, finish = False, None
    for event in SseDecoder().feed(stream):
        try:
            parts = dialect.read.read_event(event)
        except Unreadable:
            continue  # a client may well pass it over
        finish = next((part.reason for part in parts if isinstance(part, AnswerStopped)), finish)
        if (found := dialect.account.in_event(event)) is not None:
            usage |= found[0]
            whole |= found[1]
        if any(isinstance(part, AnswerEnded) for part in parts):
            break
    return Told(usage if whole and usage else None, finish)


def ids_in_stream(dialect: Dialect, pieces: Sequence[bytes], begun_with: str) -> list[str]:
    """Return the id that a client sends if it reconnects behind each of these pieces of a stream.

    It is that of the last event that was dispatched (WHATWG HTML, 9.2.6: the id counts from the blank line on, and an
    empty one takes it back). A dialect that is not resumed by a cursor has none.
    """
    if dialect.resumption is not Resumption.CURSOR:
        return [""] * len(pieces)
    decoder = SseDecoder()
    decoder.last_id = begun_with
    found = []
    for piece in pieces:
        decoder.feed(piece)
        found.append(decoder.last_id)
    return found
