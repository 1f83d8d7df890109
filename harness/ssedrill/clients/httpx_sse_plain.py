"""httpx with httpx-sse, used as its README does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
from httpx_sse import aconnect_sse

from ssedrill.clients.plain_text import text_of
from ssedrill.clients.request import asking
from ssedrill.clients.tls import default_context
from ssedrill.drivers.base import Target


async def show(target: Target) -> AsyncIterator[str]:
    """Connect once and show the text of every event until the event that ends the stream."""
    ask = asking(target)
    timeout = httpx.Timeout(5.0, read=target.patience_s)
    async with (
        httpx.AsyncClient(timeout=timeout, verify=default_context()) as client,
        aconnect_sse(client, ask.method, ask.url, headers=ask.headers, json=ask.json) as source,
    ):
        async for event in source.aiter_sse():
            if event.data == "[DONE]" or event.event in ("end", "message_stop"):
                return
            if event.data and (text := text_of(target.dialect, json.loads(event.data))):
                yield text
