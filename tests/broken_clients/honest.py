"""The honest ways over a drop, one function each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

from broken_clients.again import PAUSE_S, again, resumed, texts
from broken_clients.line import Refused, pieces
from ssedrill.drivers.target import Target


async def resumes(target: Target) -> AsyncIterator[str]:
    """Ask for the rest by Last-Event-ID."""
    async for text in resumed(target):
        yield text


async def continues(target: Target) -> AsyncIterator[str]:
    """Send the partial answer along and take the rest of it."""
    partial = ""

    async def rest() -> AsyncIterator[str]:
        nonlocal partial
        async for piece in pieces(target, partial=partial):
            partial += piece.text
            yield piece.text

    async for text in again(rest):
        yield text


async def restarts(target: Target) -> AsyncIterator[str]:
    """Tell the application to drop what it has, and begin anew."""

    def failed(failure: Exception) -> float:
        target.restart()
        return PAUSE_S

    async for text in again(lambda: texts(target), failed):
        yield text


async def holds_back(target: Target) -> AsyncIterator[str]:
    """Show nothing until the answer is complete."""

    async def whole() -> AsyncIterator[str]:
        yield "".join([text async for text in texts(target)])

    async for text in again(whole):
        yield text


async def raises(target: Target) -> AsyncIterator[str]:
    """Let every failure through to the application: no recovery, no lie."""
    async for text in texts(target):
        yield text


async def waits_as_told(target: Target) -> AsyncIterator[str]:
    """Keep Retry-After to the letter; raise where none is given."""

    def failed(refused: Refused) -> float:
        if refused.retry_after is None:
            raise refused
        return float(refused.retry_after)

    async for text in again(lambda: texts(target), failed, after=Refused, times=count()):
        yield text
