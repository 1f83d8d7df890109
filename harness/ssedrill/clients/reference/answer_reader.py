"""What an event or a whole answer means, in each dialect; strict about what it needs, indifferent to the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeAlias

from ssedrill.clients.reference.failures import StreamBroken
from ssedrill.clients.reference.sse_decoder import Event


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Started:
    """A message begins; a second one in the same stream is somebody else's."""

    id: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The model says why it stopped: nothing more of the answer comes."""

    reason: str


@dataclass(frozen=True, slots=True)
class End:
    """The terminal event."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The server reports an error inside the stream."""

    kind: str
    message: str
    body: dict[str, Any]


Said: TypeAlias = Text | Started | Stopped | End | Failed


def said(dialect: str, event: Event) -> tuple[Said, ...]:
    """Return what an event says; raises StreamBroken where it can't be understood."""
    if dialect == "openai-chat" and event.data.strip() == "[DONE]":
        return (End(),)
    if dialect == "eventsource" and event.type == "end":
        return (End(),)
    if dialect == "eventsource" and event.type not in ("message", "error"):
        return ()
    try:
        data = json.loads(event.data)
    except (ValueError, RecursionError) as error:
        raise StreamBroken(f"an event's data is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise StreamBroken(f"an event's data is JSON, but a {type(data).__name__} and no object")
    try:
        return _READERS[dialect](data)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise StreamBroken(f"an event has another form than its dialect's: {error!r}") from None


def whole_text(dialect: str, body: bytes) -> str:
    """Return the text of a whole answer; raises StreamBroken where it can't be understood."""
    try:
        data = json.loads(body)
        match dialect:
            case "eventsource":
                return _str(data["text"])
            case "anthropic-messages":
                return "".join(_str(block["text"]) for block in data["content"] if block["type"] == "text")
            case _:
                return _str(data["choices"][0]["message"]["content"] or "")
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise StreamBroken(f"the answer without streaming can't be understood: {error!r}") from None


def _eventsource(data: dict[str, Any]) -> tuple[Said, ...]:
    return (_failed(data),) if "error" in data else (Text(_str(data["text"])),)


def _anthropic(data: dict[str, Any]) -> tuple[Said, ...]:
    match data["type"]:
        case "message_start":
            return (Started(_str(data["message"]["id"])),)
        case "content_block_delta":
            delta = data["delta"]
            return (Text(_str(delta["text"])),) if delta["type"] == "text_delta" else ()
        case "message_delta" if data["delta"].get("stop_reason") is not None:
            return (Stopped(_str(data["delta"]["stop_reason"])),)
        case "message_stop":
            return (End(),)
        case "error":
            return (_failed(data),)
        case str():
            return ()  # pings, and what a later version of the API may bring
        case other:
            raise TypeError(f"type is {other!r}")


def _openai(data: dict[str, Any]) -> tuple[Said, ...]:
    if data.get("error"):
        return (_failed(data),)
    found: list[Said] = []
    for choice in data["choices"]:
        content = choice["delta"].get("content")
        if content is not None and _str(content):
            found.append(Text(content))
        if choice.get("finish_reason") is not None:
            found.append(Stopped(_str(choice["finish_reason"])))
    return tuple(found)


_READERS = {"eventsource": _eventsource, "anthropic-messages": _anthropic, "openai-chat": _openai}


def _failed(data: dict[str, Any]) -> Failed:
    error = data["error"]
    if not isinstance(error, dict):
        return Failed("", str(error), data)
    return Failed(str(error.get("type") or ""), str(error.get("message") or ""), data)


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
