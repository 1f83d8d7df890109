"""Asking once more: what most of the scripted clients do after a failure, each in its own way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from broken_clients.line import DROPS, pieces
from ssedrill.drivers.target import Target

PAUSE_S = 0.2
"""What each of them waits before it asks again, if nothing else is said."""


async def texts(target: Target) -> AsyncIterator[str]:
    """Make one request and yield its text."""
    async for piece in pieces(target):
        yield piece.text


async def resumed(
    target: Target, failed: Callable[[Any], float] = lambda failure: PAUSE_S, **how: Any
) -> AsyncIterator[str]:
    """Make one request, and after a failure ask for the rest by Last-Event-ID; ``how`` is for :func:`again`."""
    last = ""

    async def rest() -> AsyncIterator[str]:
        nonlocal last
        async for piece in pieces(target, last_event_id=last):
            last = piece.id
            yield piece.text

    async for text in again(rest, failed, **how):
        yield text


async def again(
    ask: Callable[[], AsyncIterator[str]],
    failed: Callable[[Any], float] = lambda failure: PAUSE_S,
    *,
    after: type[Exception] | tuple[type[Exception], ...] = DROPS,
    times: Iterable[int] = range(4),
) -> AsyncIterator[str]:
    """Show what ``ask()`` yields; after one of these failures wait as long as ``failed`` says and ask once more."""
    for _ in times:
        try:
            async for text in ask():
                yield text
            return
        except after as failure:
            await asyncio.sleep(failed(failure))
    raise ConnectionError("gave up")
