"""What an event source of ours sends: an event a token, with its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssedrill.dialects.exchange import Ask, Piece
from ssedrill.dialects.sse import JSON_TYPE, NO_CACHE, STREAM_TYPE, block, comment_frame, to_json, wait_value
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Stream
from ssedrill_faults.plan import Answer, Frame, Framing, Role

_KINDS = {401: "authentication", 403: "permission", 404: "not_found", 429: "rate_limit", 529: "overloaded"}


@dataclass(frozen=True)
class EventSourceWriter:
    """Events with ids, the last of them by the name of ``end``."""

    line_end: str = "\n"

    def opening(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return the ``retry:`` block if the stream has one; it is no event to a client."""
        if stream.retry_s is None:
            return ()
        return (Frame(block(self.line_end, ("retry", str(round(stream.retry_s * 1000)))), Role.START),)

    def delta(self, ask: Ask, piece: Piece) -> Frame:
        """Return the event that carries one token."""
        data = f'{{"token":{piece.number},"text":{to_json(piece.text)}}}'
        fields = ("id", f"{piece.generation}-{piece.number}"), ("data", data)
        return Frame(block(self.line_end, *fields), Role.DELTA, piece.number)

    def closing(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return the ``end`` event."""
        fields = ("id", f"{generation}-end"), ("event", "end"), ("data", "{}")
        return (Frame(block(self.line_end, *fields), Role.TERMINAL),)

    def ping_frame(self) -> Frame:
        """Return a comment."""
        return comment_frame(self.line_end, "ping")

    def error_frame(self, kind: str, message: str) -> Frame:
        """Return an ``error`` event."""
        data = to_json({"error": {"type": kind, "message": message}})
        return Frame(block(self.line_end, ("event", "error"), ("data", data)), Role.ERROR)

    def error_body(self, status: int, message: str, retry_after: str | None) -> bytes:
        """Return the JSON body of an error response."""
        kind = _KINDS.get(status, "server" if status >= 500 else "invalid_request")
        error: dict[str, object] = {"error": {"type": kind, "message": message}}
        if retry_after is not None:
            error["retry_after"] = wait_value(retry_after)
        return to_json(error).encode()

    def head(self, generation: str) -> tuple[tuple[str, str], ...]:
        """Return the headers of a stream."""
        return (STREAM_TYPE, NO_CACHE)

    def whole(self, text: str, generation: str, tokens: int) -> Answer:
        """Return the text as one JSON document."""
        body = to_json({"text": text, "tokens": tokens}).encode()
        return Answer((Frame(body, Role.BODY),), headers=(JSON_TYPE,), framing=Framing.LENGTH)

    def refusal(self, ask: Ask) -> Answer:
        """Return 204 for a stream that has ended, or an error."""
        if ask.kind is RequestKind.GONE:
            return Answer((), 204, framing=Framing.LENGTH)
        body = Frame(self.error_body(ask.status, ask.why, None), Role.BODY)
        return Answer((body,), ask.status, (JSON_TYPE,), Framing.LENGTH)
