"""What a client reads from OpenAI's Chat Completions API."""

from __future__ import annotations

import json

from ssedrill.dialects.answer import (
    EVENT,
    WHOLE,
    AnswerClosed,
    AnswerEnded,
    AnswerPart,
    AnswerStopped,
    AnswerText,
    failed,
    json_object,
    reading,
    string,
)
from ssedrill.dialects.sse_decoder import SseEvent

_DONE = "[DONE]"


def read_event(event: SseEvent) -> tuple[AnswerPart, ...]:
    """Return what a chunk says: an error, or the texts and finish reasons of its choices."""
    if event.data.strip() == _DONE:
        return (AnswerEnded(),)
    if not event.data:  # keeps the connection alive
        return ()
    data = json_object(event.data)
    found: list[AnswerPart] = []
    with reading(EVENT):
        if data.get("error"):
            return (failed(data),)
        for choice in data["choices"]:
            content = (choice.get("delta") or {}).get("content")  # what a content filter says has no delta
            if content is not None and string(content):
                found.append(AnswerText(content))
            if choice.get("finish_reason") is not None:
                found.append(AnswerStopped(string(choice["finish_reason"])))
            elif choice.get("delta") == {}:
                found.append(AnswerClosed())
    return tuple(found)


def read_whole(body: bytes) -> str:
    """Return the text of a completion's first choice."""
    with reading(WHOLE):
        return string(json.loads(body)["choices"][0]["message"]["content"] or "")


def quick_text(data: str) -> str:
    """Return the text of the first choice, if it has one."""
    return str(json.loads(data)["choices"][0]["delta"].get("content") or "")


def quick_end(event_type: str, data: str) -> bool:
    """Tell by the word that ends the stream and is no JSON."""
    return data == _DONE
