"""What a client reads from the line."""

from __future__ import annotations

from ssedrill.dialects.answer import AnswerEnded, AnswerFailed, AnswerPart, AnswerText, Unreadable
from ssedrill.dialects.sse_decoder import SseEvent


def read_event(event: SseEvent) -> tuple[AnswerPart, ...]:
    """Return what an event says, by its name."""
    match event.type:
        case "attention":
            return ()
        case "sign":
            return (AnswerText(event.data),)
        case "rest":
            return (AnswerEnded(),)
        case "annul":
            kind, _, message = event.data.partition(" ")
            return (AnswerFailed(kind, message, {}),)
        case other:
            raise Unreadable(f"no such signal: {other}")


def read_whole(body: bytes) -> str:
    """Return the text."""
    return body.decode()


def quick_text(data: str) -> str:
    """Return the data of whatever comes, but for what opens a stream: people find out that this is no text."""
    return data if data.startswith(" ") else ""


def quick_end(event_type: str, data: str) -> bool:
    """Tell by the event's name."""
    return event_type == "rest"
