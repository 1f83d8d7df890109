"""What Anthropic's Messages API sends, streaming or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ssedrill.dialects.call import MODEL
from ssedrill.dialects.exchange import Ask, Piece
from ssedrill.dialects.sse import JSON_TYPE, NO_CACHE, STREAM_TYPE, block, made_up_id, to_json, wait_value
from ssedrill.model.scenario import Stream
from ssedrill_faults.plan import Answer, Frame, Framing, Role

_INPUT_TOKENS = 25
_SERVED_BY = {"service_tier": "standard", "inference_geo": "not_available"}
_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


@dataclass(frozen=True)
class AnthropicMessagesWriter:
    """Events by name, one of them a ping."""

    line_end: str = "\n"

    def opening(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return message_start, content_block_start and the ping that the real API sends there."""
        message = _message(generation, [], None, {**_usage(1), **_SERVED_BY})
        text = {"type": "text", "text": ""}
        return (
            self._event("message_start", Role.START, message=message),
            self._event("content_block_start", Role.START, index=0, content_block=text),
            self.ping_frame(),
        )

    def delta(self, ask: Ask, piece: Piece) -> Frame:
        """Return the content_block_delta that carries one token."""
        end = self.line_end
        data = (
            f"event: content_block_delta{end}"
            'data: {"type":"content_block_delta","index":0,'
            f'"delta":{{"type":"text_delta","text":{to_json(piece.text)}}}}}{end}{end}'
        )
        return Frame(data.encode(), Role.DELTA, piece.number)

    def closing(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return content_block_stop, message_delta and message_stop."""
        delta = {"stop_reason": "end_turn", "stop_sequence": None, "stop_details": None}
        usage = _usage(max(0, stream.tokens - ask.after_token))
        del usage["cache_creation"]
        return (
            self._event("content_block_stop", Role.STOP, index=0),
            self._event("message_delta", Role.STOP, delta=delta, usage=usage),
            self._event("message_stop", Role.TERMINAL),
        )

    def ping_frame(self) -> Frame:
        """Return a ping event, spelled with the space that it has on the real wire."""
        return Frame(block(self.line_end, ("event", "ping"), ("data", '{"type": "ping"}')), Role.PING)

    def error_frame(self, kind: str, message: str) -> Frame:
        """Return an error event; ``overloaded`` and ``overloaded_error`` are the same kind."""
        kind = kind if kind.endswith("_error") else f"{kind}_error"
        return self._event("error", Role.ERROR, error={"type": kind, "message": message})

    def error_body(self, status: int, message: str, retry_after: str | None) -> bytes:
        """Return the body of an error response.

        The API itself has no wait in its bodies. Gateways before it do, some in the error and some beside it, so
        it is in both places.
        """
        kind = _TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
        error: dict[str, Any] = {"type": kind, "message": message}
        body: dict[str, Any] = {"type": "error", "error": error}
        body["request_id"] = made_up_id("req_01", f"{status}", 22)
        if retry_after is not None:
            error["retry_after"] = body["retry_after"] = wait_value(retry_after)
        return to_json(body).encode()

    def head(self, generation: str) -> tuple[tuple[str, str], ...]:
        """Return the headers of a stream."""
        return (STREAM_TYPE, NO_CACHE, ("request-id", made_up_id("req_01", generation, 22)))

    def whole(self, text: str, generation: str, tokens: int) -> Answer:
        """Return the message as one JSON document."""
        content = [{"type": "text", "text": text}] if text else []
        usage = {**_usage(tokens), **_SERVED_BY}
        body = to_json(_message(generation, content, "end_turn", usage)).encode()
        headers = (JSON_TYPE, ("request-id", made_up_id("req_01", generation, 22)))
        return Answer((Frame(body, Role.BODY),), headers=headers, framing=Framing.LENGTH)

    def refusal(self, ask: Ask) -> Answer:
        """Return the error for a request that is not understood."""
        body = Frame(self.error_body(ask.status, ask.why, None), Role.BODY)
        return Answer((body,), ask.status, (JSON_TYPE,), Framing.LENGTH)

    def _event(self, kind: str, role: Role, **rest: Any) -> Frame:
        data = to_json({"type": kind, **rest})
        return Frame(block(self.line_end, ("event", kind), ("data", data)), role)


def _message(
    generation: str, content: list[dict[str, str]], stop_reason: str | None, usage: dict[str, Any]
) -> dict[str, Any]:
    return {
        "model": MODEL,
        "id": made_up_id("msg_01", generation, 22),
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "stop_details": None,
        "usage": usage,
    }


def _usage(output_tokens: int) -> dict[str, Any]:
    return {
        "input_tokens": _INPUT_TOKENS,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output_tokens,
    }
