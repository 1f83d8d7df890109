"""From what opens a library's client, and what makes a call with it, to a client that keeps the one for all calls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from functools import partial
from typing import TypeAlias, TypeVar

from ssedrill.drivers.target import SessionTarget, Target

Library = TypeVar("Library")
AsyncCall: TypeAlias = Callable[[Target], AsyncIterator[str]]
Call: TypeAlias = Callable[[Target], Iterator[str]]


def over_async_session(
    opened: Callable[[SessionTarget], AbstractAsyncContextManager[Library]],
    call: Callable[[Library, Target], AsyncIterator[str]],
) -> Callable[[SessionTarget], AbstractAsyncContextManager[AsyncCall]]:
    """Return the client that opens a library's client once, and makes each call with it."""

    @asynccontextmanager
    async def client(session: SessionTarget) -> AsyncIterator[AsyncCall]:
        async with opened(session) as library:
            yield partial(call, library)

    client.__doc__ = call.__doc__
    return client


def over_session(
    opened: Callable[[SessionTarget], AbstractContextManager[Library]],
    call: Callable[[Library, Target], Iterator[str]],
) -> Callable[[SessionTarget], AbstractContextManager[Call]]:
    """Return the same of a library that blocks."""

    @contextmanager
    def client(session: SessionTarget) -> Iterator[Call]:
        with opened(session) as library:
            yield partial(call, library)

    client.__doc__ = call.__doc__
    return client
