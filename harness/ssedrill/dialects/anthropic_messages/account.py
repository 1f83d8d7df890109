"""Usage in Anthropic's Messages API: what the prompt takes at the start, and all of it with the stop reason.

The counts that come last are cumulative (the API's page on streaming says so), so they are those that count.
"""

from __future__ import annotations

import json

from ssedrill.dialects.account import Account, Usage, numbers
from ssedrill.dialects.sse_decoder import SseEvent
from ssedrill.model.told import NOTHING, Told


def _in_event(event: SseEvent) -> Usage | None:
    try:
        data = json.loads(event.data)
        match data["type"]:
            case "message_start":
                return _numbers(data["message"].get("usage")), False
            case "message_delta":
                return _numbers(data.get("usage")), True
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def _in_whole(body: bytes) -> Told:
    try:
        data = json.loads(body)
        return Told(_numbers(data.get("usage")) or None, data.get("stop_reason"))
    except (ValueError, AttributeError):
        return NOTHING


def _numbers(usage: object) -> dict[str, int]:
    return numbers(usage, {})


ACCOUNT = Account(in_event=_in_event, in_whole=_in_whole)
