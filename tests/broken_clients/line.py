"""What the scripted clients share: one request, and its answer as pieces of text."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

from ssedrill.drivers.target import Target


class Refused(Exception):
    """The server answered with an error status."""

    def __init__(self, status: int, retry_after: str | None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.retry_after = retry_after


class Truncated(Exception):
    """The body ended without the event that says the answer is complete."""


class ServerError(Exception):
    """The server reported an error inside the stream."""


DROPS = (httpx.TransportError, Truncated, ServerError, json.JSONDecodeError)
"""What an honest client takes for a broken stream."""


@dataclass(frozen=True)
class Piece:
    """A token's text and the id of the event that carried it, where there is one."""

    text: str
    id: str = ""


async def pieces(
    target: Target, *, last_event_id: str = "", partial: str = "", skip_bad_json: bool = False
) -> AsyncIterator[Piece]:
    """Make one request and yield its text; raises one of DROPS or Refused where it does not end as it must."""
    timeout = httpx.Timeout(5.0, read=target.patience_s)
    async with (
        httpx.AsyncClient(timeout=timeout) as http,
        http.stream(**request(target, last_event_id, partial)) as answer,
    ):
        if answer.status_code != 200:
            raise Refused(answer.status_code, answer.headers.get("retry-after"))
        event_id = ""
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                event_id = line[4:]
            if line == "event: end" or line == "data: [DONE]" or line == "event: message_stop":
                return
            if not line.startswith("data: "):
                continue
            try:
                data = json.loads(line[6:])
            except json.JSONDecodeError:
                if skip_bad_json:
                    continue
                raise
            if (text := text_of(data)) is not None:
                yield Piece(text, event_id)
    raise Truncated("the stream ended without its terminal event")


def request(target: Target, last_event_id: str = "", partial: str = "") -> dict[str, Any]:
    """Return what httpx needs to ask for the stream, for the rest of it by id, or for that of a partial answer."""
    if target.dialect == "eventsource":
        headers = {"last-event-id": last_event_id} if last_event_id else {}
        return {"method": "GET", "url": target.url, "headers": {"accept": "text/event-stream", **headers}}
    messages = [{"role": "user", "content": target.prompt}]
    if partial:
        messages.append({"role": "assistant", "content": partial})
    path = "/v1/messages" if target.dialect == "anthropic-messages" else "/chat/completions"
    body = {"model": "drill", "max_tokens": 1000, "stream": True, "messages": messages}
    return {"method": "POST", "url": target.url + path, "json": body}


def text_of(data: dict[str, Any]) -> str | None:
    """Return the text that an event carries; raises ServerError where it carries an error."""
    if "error" in data:
        raise ServerError(str(data["error"]))
    if isinstance(data.get("text"), str):
        return str(data["text"])
    if isinstance(data.get("delta"), dict):
        return data["delta"].get("text")
    for choice in data.get("choices") or ():
        content = choice["delta"].get("content")
        return content or None
    return None
