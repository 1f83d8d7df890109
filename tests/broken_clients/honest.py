"""The honest ways over a drop, one function each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from broken_clients.line import DROPS, Refused, pieces
from ssedrill.drivers.base import Target

PAUSE_S = 0.2
"""What each of them waits before it asks again."""


async def resumes(target: Target) -> AsyncIterator[str]:
    """Ask for the rest by Last-Event-ID."""
    last = ""
    for _ in range(4):
        try:
            async for piece in pieces(target, last_event_id=last):
                last = piece.id
                yield piece.text
            return
        except DROPS:
            await asyncio.sleep(PAUSE_S)
    raise ConnectionError("gave up after 4 attempts")


async def continues(target: Target) -> AsyncIterator[str]:
    """Send the partial answer along and take the rest of it."""
    partial = ""
    for _ in range(4):
        try:
            async for piece in pieces(target, partial=partial):
                partial += piece.text
                yield piece.text
            return
        except DROPS:
            await asyncio.sleep(PAUSE_S)
    raise ConnectionError("gave up after 4 attempts")


async def restarts(target: Target) -> AsyncIterator[str]:
    """Tell the application to drop what it has, and begin anew."""
    for _ in range(4):
        try:
            async for piece in pieces(target):
                yield piece.text
            return
        except DROPS:
            target.restart()
            await asyncio.sleep(PAUSE_S)
    raise ConnectionError("gave up after 4 attempts")


async def holds_back(target: Target) -> AsyncIterator[str]:
    """Show nothing until the answer is complete."""
    for _ in range(4):
        try:
            yield "".join([piece.text async for piece in pieces(target)])
            return
        except DROPS:
            await asyncio.sleep(PAUSE_S)
    raise ConnectionError("gave up after 4 attempts")


async def raises(target: Target) -> AsyncIterator[str]:
    """Let every failure through to the application: no recovery, no lie."""
    async for piece in pieces(target):
        yield piece.text


async def waits_as_told(target: Target) -> AsyncIterator[str]:
    """Keep Retry-After to the letter; raise where none is given."""
    while True:
        try:
            async for piece in pieces(target):
                yield piece.text
            return
        except Refused as refused:
            if refused.retry_after is None:
                raise
            await asyncio.sleep(float(refused.retry_after))
