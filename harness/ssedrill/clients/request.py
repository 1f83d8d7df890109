"""The request that a client of each dialect makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ssedrill.drivers.base import Target, Unsupported

MODEL = "drill-model-1"
MAX_TOKENS = 1024


@dataclass(frozen=True)
class Asking:
    """A request, ready for any HTTP library."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None


def asking(target: Target, *, stream: bool = True, partial: str = "", last_event_id: str = "") -> Asking:
    """Return the request for an answer, streaming or whole, new or continued.

    ``partial`` is the text that a chat model is asked to continue, ``last_event_id`` the place where an event source
    is to go on. Raises Unsupported for a dialect that is not known here.
    """
    accept = {"accept": "text/event-stream" if stream else "application/json"}
    messages = [{"role": "user", "content": target.prompt}]
    if partial:
        go_on = "Your answer was cut off. Go on exactly where it stops, without repeating any of it."
        messages += [{"role": "assistant", "content": partial}, {"role": "user", "content": go_on}]
    body: dict[str, Any] = {"model": MODEL, "messages": messages, "stream": stream}
    match target.dialect:
        case "eventsource":
            cursor = {"last-event-id": last_event_id} if last_event_id else {}
            return Asking("GET", target.url, {**accept, **cursor})
        case "anthropic-messages":
            headers = {**accept, "x-api-key": target.api_key, "anthropic-version": "2023-06-01"}
            return Asking("POST", f"{target.url}/v1/messages", headers, {**body, "max_tokens": MAX_TOKENS})
        case "openai-chat":
            headers = {**accept, "authorization": f"Bearer {target.api_key}"}
            return Asking("POST", f"{target.url}/chat/completions", headers, body)
        case _:
            raise Unsupported(f"no request is known for the dialect {target.dialect}")
