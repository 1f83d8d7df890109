"""Real clients, unmodified, on the virtual clock: every wait is exact and costs nothing."""

from __future__ import annotations

import asyncio
import email.utils
import random
import time

import aiohttp
import httpx
import httpx2
import pytest

from ssedrill.clock.virtual.virtual_clock import NEW_YEAR
from support.virtualclients import ASYNC, BLOCKING, SDKS, good, httpx_async, requests_sync, shared
from support.virtualdrill import SILENCE, answer, drill

BOTH = pytest.mark.parametrize("client", [*ASYNC, *BLOCKING], ids=lambda client: client.__name__)


def jitter(seed):
    """Return the wait of the SDKs before their second retry: one second, less up to a random quarter."""
    return round(1.0 * (1 - 0.25 * random.Random(f"ssedrill/clock/{seed}/random").random()), 6)


@BOTH
def test_ten_minutes_of_waiting(client):
    """Retry-After of 60 s, then silence until a read timeout of 600 s, then success: exact to the microsecond."""
    done = drill(client, [answer(429, Retry_After=60), SILENCE, good(client)])
    third = 660.0 + (jitter(1) if client in SDKS else 0.0)
    assert done.error is None
    assert done.result == "x1"
    assert done.requests == [0.0, 60.0, round(third, 6)]
    assert done.ended == round(third, 6)


@BOTH
def test_the_same_record_every_time(client):
    """Thirty repeats give one record, and another seed gives another if the client draws random numbers."""
    first = [answer(503), SILENCE] if client in SDKS else [SILENCE, answer(429, Retry_After=1)]
    script = [*first, good(client)]
    records = {drill(client, script).digest() for _ in range(30)}
    assert len(records) == 1
    assert (drill(client, script, seed=2).digest() not in records) == (client in SDKS)


@pytest.mark.parametrize("client", SDKS, ids=lambda client: client.__name__)
def test_retry_after_as_a_date(client):
    """A date 90 s ahead of the run's own wall clock is waited for exactly."""
    date = email.utils.formatdate(NEW_YEAR + 90, usegmt=True)
    done = drill(client, [answer(429, Retry_After=date), good(client)])
    assert done.requests == [0.0, 90.0]


async def two_httpx(url):
    """Two requests with a minute between them."""
    async with httpx.AsyncClient(verify=shared("h", httpx)) as client:
        await client.get(url)
        await asyncio.sleep(60)
        await client.get(url)


async def two_httpx2(url):
    """Two requests with a minute between them."""
    async with httpx2.AsyncClient(verify=shared("h", httpx2)) as client:
        await client.get(url)
        await asyncio.sleep(60)
        await client.get(url)


async def two_aiohttp(url):
    """Two requests with a minute between them."""
    async with aiohttp.ClientSession() as client:
        for _ in range(2):
            async with client.get(url) as got:
                await got.read()
            await asyncio.sleep(60)


def two_blocking(url):
    """Two requests with a minute between them."""
    with httpx.Client(verify=shared("h", httpx)) as client:
        client.get(url)
        time.sleep(60)
        client.get(url)


@pytest.mark.parametrize("client", [two_httpx, two_httpx2, two_aiohttp, two_blocking])
def test_a_pooled_connection_expires(client):
    """A connection that has been idle for a virtual minute is not used again, as its pool's clock is the run's."""
    done = drill(client, [answer()])
    assert done.error is None
    assert len(done.requests) == 2
    assert done.connections == 2


def test_a_pooled_connection_is_reused_before_that():
    """Without the pause one connection serves both requests, so the test above can fail."""

    async def client(url):
        async with httpx.AsyncClient(verify=shared("h", httpx)) as http:
            await http.get(url)
            await http.get(url)

    assert drill(client, [answer()]).connections == 1


@pytest.mark.parametrize("client", [httpx_async, requests_sync], ids=lambda client: client.__name__)
def test_a_slow_stream_is_read_as_it_comes(client):
    """Bytes that come every 15 s for ten minutes keep a client's read timeout from firing."""
    body = b'{"id": "x1"}' + b" " * 40
    head = answer(body=body)[: -len(body)]
    step = (head, body[:12], *(part for _ in range(40) for part in (15.0, b" ")))
    done = drill(client, [step])
    assert (done.result, done.requests, done.ended) == ("x1", [0.0], 600.0)


@pytest.mark.parametrize("client", [httpx_async, requests_sync], ids=lambda client: client.__name__)
def test_a_deadline_ends_a_client(client):
    """A client that would wait for ever is ended at the deadline, in an orderly way, at exactly that moment."""
    done = drill(client, [SILENCE], deadline=45.0)
    assert isinstance(done.error, TimeoutError)
    assert done.ended == 45.0
    assert done.journal[-1][:2] == (45.0, "left")
