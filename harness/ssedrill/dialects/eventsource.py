"""The dialect of the browser's EventSource: GET, event ids, Last-Event-ID.

A token's event has the id ``<generation>-<number>``, so a reconnect says by itself what it wants: the server's
replay buffer holds every generation. The closing event has an id of its own, ``<generation>-end``. A client that
has it and connects again gets 204, which tells an EventSource to stay away; a client that has all the tokens but
not the closing event gets just that event.

Not from any standard: the same resource as one JSON document for ``Accept: application/json``, for clients that
fall back to a request without streaming.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ssedrill.dialects.base import Ask, Piece, Request
from ssedrill.dialects.sse import JSON_TYPE, NO_CACHE, STREAM_TYPE, block, comment_frame, to_json, wait_value
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Stream
from ssedrill_faults.plan import Answer, Frame, Framing, Role

_CURSOR = re.compile(r"([a-z]{1,3})-(?:([0-9]{1,7})|end)")
_KINDS = {401: "authentication", 403: "permission", 404: "not_found", 429: "rate_limit", 529: "overloaded"}


@dataclass(frozen=True)
class EventSource:
    """Plain SSE over GET, resumed with Last-Event-ID (WHATWG HTML, "Server-sent events")."""

    line_end: str = "\n"
    name: ClassVar[str] = "eventsource"

    def url(self, origin: str) -> str:
        """Return the address of the stream itself."""
        return origin + self.path()

    def path(self) -> str:
        """Return the path of the stream."""
        return "/stream"

    def healthy_body(self, prompt: str) -> bytes:
        """Return nothing: an event source asks with GET."""
        return b""

    def understand(self, request: Request) -> Ask:
        """Read a request; an id that is not ours starts anew, as with a server that has lost its buffer."""
        path = request.path.partition("?")[0]
        if path != self.path():
            return Ask(RequestKind.UNKNOWN, why=f"no such resource: {path}")
        if request.method != "GET":
            return Ask(RequestKind.UNKNOWN, why=f"{request.method} is not allowed here, use GET", status=405)
        accept = request.header("accept") or ""
        whole = "application/json" in accept and "text/event-stream" not in accept
        cursor = _CURSOR.fullmatch(request.header("last-event-id") or "")
        if cursor is None:
            return Ask(RequestKind.WHOLE if whole else RequestKind.STREAM)
        if cursor[2] is None:
            return Ask(RequestKind.GONE, cursor[1])
        return Ask(RequestKind.WHOLE if whole else RequestKind.RESUME, cursor[1], int(cursor[2]))

    def opening(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return the ``retry:`` block where the stream has one; it is no event to a client."""
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
