"""aiohttp with the few lines of parsing that tutorials show."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp

from ssedrill.clients.over_session import over_async_session
from ssedrill.clients.request import dialect_of, request_for
from ssedrill.drivers.target import SessionTarget, Target


async def _show(session: aiohttp.ClientSession, target: Target) -> AsyncIterator[str]:
    """Read lines, keep those that begin with ``data: ``, and show their text until the end, theirs or the body's.

    Whoever looks at nothing but data sees an end only if it is told there.
    """
    ask, read = request_for(target), dialect_of(target).read
    async with session.request(ask.method, ask.url, headers=ask.headers, json=ask.json) as response:
        response.raise_for_status()
        async for raw in response.content:
            line = raw.decode("utf-8").strip()
            if not line.startswith("data: "):
                continue
            data = line.removeprefix("data: ")
            if read.quick_end("", data):
                break
            if text := read.quick_text(data):
                yield text


def _client(session: SessionTarget) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=session.patience_s))


show = over_async_session(_client, _show)
