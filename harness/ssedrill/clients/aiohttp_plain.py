"""aiohttp with the few lines of parsing that tutorials show."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp

from ssedrill.clients.plain_text import text_of
from ssedrill.clients.request import asking
from ssedrill.drivers.base import Target


async def show(target: Target) -> AsyncIterator[str]:
    """Read lines, keep those that begin with ``data: ``, and show their text until ``[DONE]`` or the body's end."""
    ask = asking(target)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=target.patience_s)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.request(ask.method, ask.url, headers=ask.headers, json=ask.json) as response,
    ):
        response.raise_for_status()
        async for raw in response.content:
            line = raw.decode("utf-8").strip()
            if not line.startswith("data: "):
                continue
            data = line.removeprefix("data: ")
            if data == "[DONE]":
                break
            if text := text_of(target.dialect, json.loads(data)):
                yield text
