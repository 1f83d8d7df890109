"""Clients that make several calls over one session: a right one, and some that sin in one way each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import aiohttp
import requests

from ssedrill.clients.request import dialect_of, request_for
from ssedrill.drivers.target import SessionTarget, Target

AsyncCall = Callable[[Target], AsyncIterator[str]]
Call = Callable[[Target], Iterator[str]]


KEPT: list[Any] = []
"""What a client has left open; nobody is to tidy up after it."""


async def read(http: aiohttp.ClientSession, target: Target) -> AsyncIterator[str]:
    """Make one request, and show the text of its events until the end."""
    ask, reader = request_for(target), dialect_of(target).read
    timeout = aiohttp.ClientTimeout(total=None, sock_read=target.patience_s)
    async with http.request(ask.method, ask.url, headers=ask.headers, json=ask.json, timeout=timeout) as answer:
        answer.raise_for_status()
        event = ""
        async for raw in answer.content:
            line = raw.decode("utf-8").rstrip("\r\n")
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = line.removeprefix("data: ")
                if reader.quick_end(event, data):
                    return
                if text := reader.quick_text(data):
                    yield text
        raise ConnectionError("the stream ended without its last event")


@asynccontextmanager
async def right(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """One pool for all calls; each is read to its end, or closed."""
    async with aiohttp.ClientSession() as http:
        yield lambda target: _right(http, target)


async def _right(http: aiohttp.ClientSession, target: Target) -> AsyncIterator[str]:
    async for text in read(http, target):
        yield text


@asynccontextmanager
async def retries(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Asks again after a second if nothing had been shown, or has it taken back."""
    async with aiohttp.ClientSession() as http:

        async def call(target: Target) -> AsyncIterator[str]:
            for attempt in range(3):
                try:
                    async for text in read(http, target):
                        yield text
                    return
                except (aiohttp.ClientError, ConnectionError):
                    if attempt == 2:
                        raise
                    target.restart()
                    await asyncio.sleep(1.0)

        yield call


@contextmanager
def right_sync(session: SessionTarget) -> Iterator[Call]:
    """The same, blocking, with requests."""
    with requests.Session() as http:
        yield lambda target: _right_sync(http, target)


def _right_sync(http: requests.Session, target: Target) -> Iterator[str]:
    ask, reader = request_for(target), dialect_of(target).read
    timeout = (5.0, target.patience_s)
    with http.request(
        ask.method, ask.url, headers=ask.headers, json=ask.json, timeout=timeout, stream=True
    ) as answer:
        answer.raise_for_status()
        event = ""
        for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = line.removeprefix("data: ")
                if reader.quick_end(event, data):
                    return
                if text := reader.quick_text(data):
                    yield text
        raise ConnectionError("the stream ended without its last event")


@asynccontextmanager
async def mixes_up(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Shows a call's first piece of text in the next call too."""
    async with aiohttp.ClientSession() as http:
        kept: list[str] = []

        async def call(target: Target) -> AsyncIterator[str]:
            if kept:
                yield kept[0]
            async for text in read(http, target):
                kept.append(text)
                yield text

        yield call


@asynccontextmanager
async def leaves_open(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Keeps the connection of an answer that nobody reads any more."""

    async def call(target: Target) -> AsyncIterator[str]:
        http = aiohttp.ClientSession()
        pieces = read(http, target)
        KEPT.append((http, pieces))
        async for text in pieces:
            yield text

    yield call


@asynccontextmanager
async def sleeps_on(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Waits its time out before it asks again, whoever tells it to stop."""
    async with aiohttp.ClientSession() as http:

        async def call(target: Target) -> AsyncIterator[str]:
            try:
                async for text in read(http, target):
                    yield text
            except (aiohttp.ClientError, ConnectionError):
                end = time.monotonic() + 8.0
                while (left := end - time.monotonic()) > 0:
                    with suppress(asyncio.CancelledError):
                        await asyncio.sleep(left)

        yield call


@contextmanager
def sleeps_on_sync(session: SessionTarget) -> Iterator[Call]:
    """Blocks in its back-off, as blocking clients do."""
    with requests.Session() as http:

        def call(target: Target) -> Iterator[str]:
            try:
                yield from _right_sync(http, target)
            except requests.RequestException:
                time.sleep(8.0)
                yield from _right_sync(http, target)

        yield call


@contextmanager
def wakes_up_sync(session: SessionTarget) -> Iterator[Call]:
    """Waits for its time, or for the word to stop, whichever comes first."""
    with requests.Session() as http:

        def call(target: Target) -> Iterator[str]:
            try:
                yield from _right_sync(http, target)
            except requests.RequestException:
                if not target.cancelled.wait(8.0):
                    yield from _right_sync(http, target)

        yield call


@asynccontextmanager
async def goes_on_asking(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Asks once more after it was told to stop, in the background."""
    async with aiohttp.ClientSession() as http:
        tasks: list[asyncio.Task[None]] = []

        async def again(target: Target) -> None:
            await asyncio.sleep(0.1)
            async for _ in read(http, target):
                pass

        async def call(target: Target) -> AsyncIterator[str]:
            try:
                async for text in read(http, target):
                    yield text
            finally:
                if target.cancelled.is_set():
                    tasks.append(asyncio.get_running_loop().create_task(again(target)))

        yield call
        await asyncio.gather(*tasks)
