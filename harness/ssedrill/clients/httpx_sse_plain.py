"""httpx with httpx-sse, used as its README does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from httpx_sse import aconnect_sse

from ssedrill.clients.over_session import over_async_session
from ssedrill.clients.request import dialect_of, request_for
from ssedrill.clients.tls import default_context
from ssedrill.drivers.target import SessionTarget, Target


async def _show(client: httpx.AsyncClient, target: Target) -> AsyncIterator[str]:
    """Connect once and show the text of every event until the event that ends the stream."""
    ask, read = request_for(target), dialect_of(target).read
    async with aconnect_sse(client, ask.method, ask.url, headers=ask.headers, json=ask.json) as source:
        async for event in source.aiter_sse():
            if read.quick_end(event.event, event.data):
                return
            if event.data and (text := read.quick_text(event.data)):
                yield text


def _client(session: SessionTarget) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=httpx.Timeout(5.0, read=session.patience_s), verify=default_context())


show = over_async_session(_client, _show)
