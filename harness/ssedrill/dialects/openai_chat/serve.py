"""What OpenAI's Chat Completions API sends, streaming or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ssedrill.dialects.call import MODEL
from ssedrill.dialects.exchange import Ask, Piece
from ssedrill.dialects.openai_chat.ask import INCLUDE_USAGE
from ssedrill.dialects.sse import (
    JSON_TYPE,
    NO_CACHE,
    STREAM_TYPE,
    comment_frame,
    made_up_id,
    to_json,
    wait_value,
)
from ssedrill.model.scenario import Stream
from ssedrill_faults.plan import Answer, Frame, Framing, Role

_CREATED = 1_767_225_600  # one moment for ever: the same arguments give the same bytes
_INPUT_TOKENS = 25
_BY_STATUS: dict[int, tuple[str, str | None]] = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "unknown_url"),
    429: ("requests", "rate_limit_exceeded"),
    503: ("service_unavailable_error", "server_is_overloaded"),
    529: ("service_unavailable_error", "server_is_overloaded"),
}
_BY_KIND = {"rate_limit": _BY_STATUS[429], "overloaded": _BY_STATUS[503], "api": ("server_error", None)}


@dataclass(frozen=True)
class OpenAIChatWriter:
    """Chunks without names, and the word that ends them."""

    line_end: str = "\n"

    def opening(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return the chunk that names the role."""
        delta = to_json({"role": "assistant", "content": "", "refusal": None})
        return (self._chunk(ask, generation, delta, Role.START),)

    def delta(self, ask: Ask, piece: Piece) -> Frame:
        """Return the chunk that carries one token."""
        delta = f'{{"content":{to_json(piece.text)}}}'
        return self._chunk(ask, piece.generation, delta, Role.DELTA, token=piece.number)

    def closing(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return the chunk with the finish reason, the usage if it is wanted, and ``[DONE]``."""
        frames = [self._chunk(ask, generation, "{}", Role.STOP, finish='"stop"')]
        if INCLUDE_USAGE in ask.options:
            usage = to_json(_usage(max(0, stream.tokens - ask.after_token)))
            frames.append(self._data(f'{_start(generation)}"choices":[],"usage":{usage}}}', Role.STOP))
        return (*frames, self._data("[DONE]", Role.TERMINAL))

    def ping_frame(self) -> Frame:
        """Return a comment: the API has no ping, but the gateways before it have this one."""
        return comment_frame(self.line_end, "ping")

    def error_frame(self, kind: str, message: str) -> Frame:
        """Return the chunk that holds an error and nothing else; the stream's status stays 200."""
        type_, code = _BY_KIND.get(kind.removesuffix("_error"), (kind, None))
        error = {"message": message, "type": type_, "param": None, "code": code}
        return self._data(to_json({"error": error}), Role.ERROR)

    def error_body(self, status: int, message: str, retry_after: str | None) -> bytes:
        """Return the body of an error response.

        The API itself has no wait in its bodies. Gateways before it do, some in the error and some beside it, so
        it is in both places.
        """
        type_, code = _BY_STATUS.get(status, ("server_error" if status >= 500 else "invalid_request_error", None))
        error: dict[str, Any] = {"message": message, "type": type_, "param": None, "code": code}
        body: dict[str, Any] = {"error": error}
        if retry_after is not None:
            error["retry_after"] = body["retry_after"] = wait_value(retry_after)
        return to_json(body).encode()

    def head(self, generation: str) -> tuple[tuple[str, str], ...]:
        """Return the headers of a stream."""
        return (STREAM_TYPE, NO_CACHE, ("x-request-id", made_up_id("req_", generation, 32)))

    def whole(self, text: str, generation: str, tokens: int) -> Answer:
        """Return the completion as one JSON document."""
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
        body = {
            "id": made_up_id("chatcmpl-", generation, 29),
            "object": "chat.completion",
            "created": _CREATED,
            "model": MODEL,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": _usage(tokens),
            "service_tier": "default",
            "system_fingerprint": None,
        }
        headers = (JSON_TYPE, ("x-request-id", made_up_id("req_", generation, 32)))
        frame = Frame(to_json(body).encode(), Role.BODY)
        return Answer((frame,), headers=headers, framing=Framing.LENGTH)

    def refusal(self, ask: Ask) -> Answer:
        """Return the error for a request that is not understood."""
        body = Frame(self.error_body(ask.status, ask.why, None), Role.BODY)
        return Answer((body,), ask.status, (JSON_TYPE,), Framing.LENGTH)

    def _chunk(
        self,
        ask: Ask,
        generation: str,
        delta: str,
        role: Role,
        *,
        finish: str = "null",
        token: int | None = None,
    ) -> Frame:
        usage = ',"usage":null' if INCLUDE_USAGE in ask.options else ""
        choice = f'{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}'
        return self._data(f'{_start(generation)}"choices":[{choice}]{usage}}}', role, token)

    def _data(self, data: str, role: Role, token: int | None = None) -> Frame:
        return Frame(f"data: {data}{self.line_end}{self.line_end}".encode(), role, token)


@lru_cache(maxsize=64)
def _start(generation: str) -> str:
    """Return what all chunks of an answer begin with."""
    chunk = {
        "id": made_up_id("chatcmpl-", generation, 29),
        "object": "chat.completion.chunk",
        "created": _CREATED,
        "model": MODEL,
        "service_tier": "default",
        "system_fingerprint": "fp_0d12a11000",
    }
    return to_json(chunk).removesuffix("}") + ","


def _usage(output_tokens: int) -> dict[str, Any]:
    return {
        "prompt_tokens": _INPUT_TOKENS,
        "completion_tokens": output_tokens,
        "total_tokens": _INPUT_TOKENS + output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
