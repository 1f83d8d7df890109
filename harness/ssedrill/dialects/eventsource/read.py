"""What a client reads from an event source of ours: JSON with a text in it, and an event that ends the stream."""

from __future__ import annotations

import json

from ssedrill.dialects.answer import (
    EVENT,
    WHOLE,
    AnswerEnded,
    AnswerPart,
    AnswerText,
    failed,
    json_object,
    reading,
    string,
)
from ssedrill.dialects.sse_decoder import SseEvent

_END = "end"


def read_event(event: SseEvent) -> tuple[AnswerPart, ...]:
    """Return what an event says; of an event by a name that is not known, nothing."""
    if event.type == _END:
        return (AnswerEnded(),)
    if event.type not in ("message", "error"):
        return ()
    data = json_object(event.data)
    with reading(EVENT):
        return (failed(data),) if "error" in data else (AnswerText(string(data["text"]), int(data.get("token", 0))),)


def read_whole(body: bytes) -> str:
    """Return the text of the JSON document."""
    with reading(WHOLE):
        return string(json.loads(body)["text"])


def quick_text(data: str) -> str:
    """Return the text, if there is one."""
    return str(json.loads(data).get("text", ""))


def quick_end(event_type: str, data: str) -> bool:
    """Tell by the event's name."""
    return event_type == _END
