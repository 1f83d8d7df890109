"""Clients that make several calls over one session: a right one, and some that sin in one way each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
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


def pool_of_one(patience_s: float | None) -> Callable[[SessionTarget], Any]:
    """Return a client that gives one connection out, never gets it back, and lets the next call wait for it."""

    @asynccontextmanager
    async def client(session: SessionTarget) -> AsyncIterator[AsyncCall]:
        async with aiohttp.ClientSession() as http:
            pool = asyncio.Semaphore(1)

            async def call(target: Target) -> AsyncIterator[str]:
                await asyncio.wait_for(pool.acquire(), patience_s)
                async for text in read(http, target):
                    yield text

            yield call

    return client


waits_for_the_pool = pool_of_one(None)
gives_the_pool_up = pool_of_one(2.0)


@asynccontextmanager
async def makes_one_up(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Makes one request, and calls every later answer complete at once."""
    async with aiohttp.ClientSession() as http:
        asked: list[Target] = []

        async def call(target: Target) -> AsyncIterator[str]:
            asked.append(target)
            if len(asked) == 1:
                async for text in read(http, target):
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


def fails_as(told: Callable[[Target, BaseException], Any]) -> Callable[[SessionTarget], Any]:
    """Return a client that makes one request, and does with its failure what it is told."""

    @asynccontextmanager
    async def client(session: SessionTarget) -> AsyncIterator[AsyncCall]:
        async with aiohttp.ClientSession() as http:

            async def call(target: Target) -> AsyncIterator[str]:
                try:
                    async for text in read(http, target):
                        yield text
                except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
                    told(target, error)

            yield call

    return client


takes_failures_for_the_end = fails_as(lambda target, error: None)


@asynccontextmanager
async def has_no_patience_set(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Waits for an answer for ever; it reads each to the end of its body, so that connections are used again."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http:

        async def call(target: Target) -> AsyncIterator[str]:
            ask, reader = request_for(target), dialect_of(target).read
            async with http.request(ask.method, ask.url, headers=ask.headers, json=ask.json) as answer:
                async for raw in answer.content:
                    line = raw.decode("utf-8").strip()
                    if line.startswith("data: ") and (text := reader.quick_text(line.removeprefix("data: "))):
                        yield text

        yield call


@asynccontextmanager
async def leaves_refusals_open(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Raises at the status, and keeps the answer that it has not read."""

    async def call(target: Target) -> AsyncIterator[str]:
        http = aiohttp.ClientSession()
        KEPT.append(http)
        ask = request_for(target)
        answer = await http.request(ask.method, ask.url, headers=ask.headers, json=ask.json)
        KEPT.append(answer)
        if answer.status != 200:
            raise ConnectionError(f"status {answer.status}")
        async with aiohttp.ClientSession() as other:
            async for text in read(other, target):
                yield text

    yield call


@asynccontextmanager
async def keeps_a_spare(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Opens a connection for a request that it then does not make."""
    async with aiohttp.ClientSession() as http:

        async def call(target: Target) -> AsyncIterator[str]:
            try:
                async for text in read(http, target):
                    yield text
            finally:
                if target.cancelled.is_set():
                    host, _, port = target.url.split("/")[2].partition(":")
                    KEPT.append(await asyncio.open_connection(host, int(port)))

        yield call


@asynccontextmanager
async def reads_on(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Takes being called off for a nuisance, and waits on."""
    async with aiohttp.ClientSession() as http:

        async def call(target: Target) -> AsyncIterator[str]:
            pieces = read(http, target)
            following = asyncio.ensure_future(anext(pieces, None))
            while True:
                with suppress(asyncio.CancelledError):
                    if (text := await asyncio.shield(following)) is None:
                        return
                    yield text
                    following = asyncio.ensure_future(anext(pieces, None))

        yield call


def asks_again(wait_s: float, requests: int) -> Callable[[SessionTarget], Any]:
    """Return a client that asks so many times in all, each time after the same wait, whatever it is told."""

    @asynccontextmanager
    async def client(session: SessionTarget) -> AsyncIterator[AsyncCall]:
        async with aiohttp.ClientSession() as http:

            async def call(target: Target) -> AsyncIterator[str]:
                for left in reversed(range(requests)):
                    try:
                        async for text in read(http, target):
                            yield text
                        return
                    except (aiohttp.ClientError, ConnectionError):
                        if not left:
                            raise
                        await asyncio.sleep(wait_s)

            yield call

    return client


retries_at_once = asks_again(0.2, 4)
asks_twelve_times = asks_again(0.5, 12)


@asynccontextmanager
async def pastes_the_fallback(session: SessionTarget) -> AsyncIterator[AsyncCall]:
    """Turns to the fallback when a stream breaks, and puts its words behind those that were shown."""
    async with aiohttp.ClientSession() as http:

        async def call(target: Target) -> AsyncIterator[str]:
            try:
                async for text in read(http, target):
                    yield text
            except (aiohttp.ClientError, ConnectionError):
                async for text in read(http, replace(target, url=target.fallback_url)):
                    yield text

        yield call
