"""Usage in OpenAI's Chat Completions API: in a chunk of its own behind the finish reason, for who asks for it."""

from __future__ import annotations

import json

from ssedrill.dialects.account import Account, Usage, numbers
from ssedrill.dialects.sse_decoder import SseEvent
from ssedrill.model.told import NOTHING, Told

NAMES = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens"}


def _in_event(event: SseEvent) -> Usage | None:
    try:
        found = _numbers(json.loads(event.data).get("usage"))
    except (ValueError, AttributeError):
        return None
    return (found, True) if found else None


def _in_whole(body: bytes) -> Told:
    try:
        data = json.loads(body)
        return Told(_numbers(data.get("usage")) or None, data["choices"][0].get("finish_reason"))
    except (ValueError, AttributeError, KeyError, IndexError, TypeError):
        return NOTHING


def _numbers(usage: object) -> dict[str, int]:
    return numbers(usage, NAMES)


ACCOUNT = Account(NAMES, {"stream_options": {"include_usage": True}}, _in_event, _in_whole)
