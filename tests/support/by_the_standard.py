"""A client that reads event streams by the standard and no further, and clients that sin in one way each.

It is written from WHATWG HTML, 9.2.6, and shares no line with the house's own decoder.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator

import httpx

from broken_clients.line import Truncated, request, text_of
from ssedrill.drivers.target import Target

Texts = Callable[[list[str]], Iterable[str]]


def events(body: bytes) -> Iterator[tuple[str, str]]:
    """Give the events of a stream, each with its type and its data."""
    *lines, _ = re.split("\r\n|\n|\r", body.decode("utf-8", "replace").removeprefix("\ufeff"))
    kind, data = "", []
    for line in lines:
        name, _, value = line.partition(":")
        value = value[1:] if value[:1] == " " else value
        if not line:
            if data:
                yield kind or "message", "\n".join(data)
            kind, data = "", []
        elif name == "data":
            data.append(value)
        elif name == "event":
            kind = value


def texts(dialect: str, body: bytes) -> Iterator[str]:
    """Give the texts of an answer; raises what reading it raises, and Truncated if it does not end as it must."""
    for kind, data in events(body):
        if data == "[DONE]" or (dialect == "eventsource" and kind == "end"):
            return
        if dialect == "eventsource" and kind != "message":
            continue
        said = json.loads(data)
        if said.get("type") == "message_stop":
            return
        if text := text_of(said):
            yield text
    raise Truncated("the stream ended without its terminal event")


def shows(change: Texts = list) -> Callable[[Target], AsyncIterator[str]]:
    """Return a client that makes one request and shows its texts, all of them as they are or changed by a sin."""

    async def client(target: Target) -> AsyncIterator[str]:
        async with httpx.AsyncClient(timeout=target.patience_s) as http, http.stream(**request(target)) as answer:
            body = await answer.aread()
        found = texts(target.dialect, body)
        for text in change(list(found)) if change is not list else found:
            yield text

    return client
