"""The client that does it right: the proof that a drill can be passed.

It recovers wherever that is possible. A stream with ids is resumed at its cursor; a chat model is asked to continue
the partial answer; anything else is begun anew with the old text withdrawn. Between attempts it waits as it
was asked to, else with back-off and jitter. It gives up a connection that is silent for its patience, and one that
brings only keep-alives for CONTENT_PATIENCES times that. After the last retry it asks once without streaming.

An answer is complete when the model has said why it stopped, if that is a normal end and there was any text; in a
dialect without such reasons, at its terminal event. The end of the body alone says nothing. Whatever stands in the
way is raised by name.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx

from ssedrill.clients.over_session import over_async_session
from ssedrill.clients.reference.backoff import LONGEST_S, backoff_s, wait_s
from ssedrill.clients.reference.call import DROPS, Call
from ssedrill.clients.reference.failures import (
    GaveUp,
    OutOfTime,
    Retryable,
    WaitTooLong,
    named,
)
from ssedrill.clients.request import dialect_of
from ssedrill.clients.tls import default_context
from ssedrill.drivers.target import SessionTarget, Target

RETRIES = 5
"""Failures in a row, none of which brought a token, after which it stops streaming."""
MOST_REQUESTS = 15
MARGIN = 0.1
"""This part of the deadline is left for the application to hear of the failure."""


async def _answer(http: httpx.AsyncClient, target: Target) -> AsyncIterator[str]:
    """Yield the answer's text, each token once, over as many requests as it takes."""
    rng = random.Random(f"reference/{target.seed}/{target.call}" if target.call > 1 else f"reference/{target.seed}")
    until = asyncio.get_running_loop().time() + target.deadline_s * (1 - MARGIN)
    call = Call(target, dialect_of(target), http, until)
    requests = failures = 0
    while requests < MOST_REQUESTS and failures <= RETRIES:
        requests += 1
        before = len(call.shown)
        try:
            async with aclosing(call.stream()) as pieces:
                async for piece in pieces:
                    yield piece
            return
        except DROPS as drop:
            if call.stopped:
                return  # the model had said that it was done: only the connection's end went wrong
            failures = 1 if len(call.shown) > before else failures + 1
            call.elsewhere = bool(target.fallback_url)
            await _pause(call, drop, failures, rng)
    try:
        rest = await call.whole()
    except DROPS as drop:
        raise GaveUp(f"after {requests + 1} requests; the last: {named(drop)}") from drop
    yield rest


def _client(session: SessionTarget) -> httpx.AsyncClient:
    patience_s = session.patience_s
    timeout = httpx.Timeout(5.0, connect=min(5.0, patience_s), read=patience_s)
    return httpx.AsyncClient(timeout=timeout, verify=default_context())


async def _pause(call: Call, drop: Exception, failures: int, rng: random.Random) -> None:
    """Wait before the next request, and tell the application why."""
    asked = drop.wait_s if isinstance(drop, Retryable) else None
    wait = wait_s(asked, backoff_s(failures, rng, call.reconnect_s), rng)
    left = call.until - asyncio.get_running_loop().time()
    if asked is not None and asked > min(LONGEST_S, left):
        raise WaitTooLong(f"the server asks for {asked:g} s ({named(drop)})") from drop
    if wait > left:
        raise OutOfTime(f"no time for another attempt; the last: {named(drop)}") from drop
    call.target.retry(f"{named(drop)}; waiting {wait:.2f} s")
    await asyncio.sleep(wait)


reference = over_async_session(_client, _answer)
