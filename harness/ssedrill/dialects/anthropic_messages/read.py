"""What a client reads from Anthropic's Messages API."""

from __future__ import annotations

import json

from ssedrill.dialects.answer import (
    EVENT,
    WHOLE,
    AnswerEnded,
    AnswerPart,
    AnswerStarted,
    AnswerStopped,
    AnswerText,
    failed,
    json_object,
    reading,
    string,
)
from ssedrill.dialects.sse_decoder import SseEvent


def read_event(event: SseEvent) -> tuple[AnswerPart, ...]:
    """Return what an event says, by the type in its data."""
    if not event.data:  # keeps the connection alive
        return ()
    data = json_object(event.data)
    with reading(EVENT):
        match data["type"]:
            case "message_start":
                return (AnswerStarted(string(data["message"]["id"])),)
            case "content_block_delta":
                delta = data["delta"]
                return (AnswerText(string(delta["text"])),) if delta["type"] == "text_delta" else ()
            case "message_delta" if data["delta"].get("stop_reason") is not None:
                return (AnswerStopped(string(data["delta"]["stop_reason"])),)
            case "message_stop":
                return (AnswerEnded(),)
            case "error":
                return (failed(data),)
            case str():
                return ()  # pings, and what a later version of the API may bring
            case other:
                raise TypeError(f"type is {other!r}")


def read_whole(body: bytes) -> str:
    """Return the text of a message: that of its text blocks, joined."""
    with reading(WHOLE):
        blocks = json.loads(body)["content"]
        return "".join(string(block["text"]) for block in blocks if block["type"] == "text")


def quick_text(data: str) -> str:
    """Return the text of a delta, if it is one."""
    event = json.loads(data)
    return str(event["delta"].get("text", "")) if event["type"] == "content_block_delta" else ""


def quick_end(event_type: str, data: str) -> bool:
    """Tell by the event's name."""
    return event_type == "message_stop"
