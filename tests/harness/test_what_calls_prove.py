"""Runs of several calls that look good, or bad, and are not: what was seen of one call says something of another."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest

from broken_clients.sessions import read
from ssedrill.dialects.call import PROMPT
from ssedrill.drivers.target import Unsupported
from ssedrill.model.record import Outcome, Verdict
from support.drilled_calls import came, run, scenario


def says_unsupported_in(*calls: int):
    """Return a client that says of these calls that it can't make them, and makes all others."""

    @asynccontextmanager
    async def client(session):
        async with aiohttp.ClientSession() as http:

            async def call(target):
                if target.call in calls:
                    raise Unsupported("not again")
                async for text in read(http, target):
                    yield text

            yield call

    return client


def test_what_it_has_done_once_is_not_unsupported():
    """Who has shown text in one call, and will not in another, has failed there; who never did was not tested."""
    drilled = scenario("", "", must='outcome = ["clean"]')
    assert run(says_unsupported_in(1, 2), drilled).verdict is Verdict.UNSUPPORTED
    for refused in (1, 2):
        record = run(says_unsupported_in(refused), drilled)
        assert came(record)[refused - 1] is Outcome.FAILED_LOUDLY
        assert (record.outcome, record.verdict) == (Outcome.FAILED_LOUDLY, Verdict.FAIL)


# ---- whose request


@asynccontextmanager
async def names_no_call(session):
    """Leaves out of its prompt what tells one call from another, so that all requests are the same."""
    async with aiohttp.ClientSession() as http:

        async def call(target):
            async for text in read(http, replace(target, prompt=PROMPT)):
                yield text

        yield call


@pytest.mark.parametrize("groups", [("", "count = 2"), ("", 'start = "with-previous"\nwait = "50 ms"')])
def test_the_same_body_is_no_name(groups):
    """Requests that look like that of a call before, or beside, are not taken for it while others may make them."""
    record = run(names_no_call, scenario(*groups))
    assert record.verdict is Verdict.NOT_TESTED
    assert "whose request?" in record.summary
    assert run(names_no_call, scenario("", "")).verdict is Verdict.PASS  # one after the other there is no doubt


@asynccontextmanager
async def looks_at_the_models_first(session):
    """Makes a request beside each call that says of none whose it is."""
    async with aiohttp.ClientSession() as http:

        async def call(target):
            async with http.get(f"{target.url}/models") as answer:
                await answer.read()
            async for text in read(http, target):
                yield text

        yield call


def test_requests_beside_many_calls_are_no_loop():
    """Each call may make as many as the only call of a run."""
    record = run(looks_at_the_models_first, scenario("count = 25", must='outcome = ["clean"]'))
    assert (set(came(record)), record.verdict) == ({Outcome.CLEAN}, Verdict.PASS)
