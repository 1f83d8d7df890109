"""Which waits count, and from when: of clients whose waits are known by construction."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest

from broken_clients.again import resumed
from broken_clients.line import DROPS, Refused
from ssedrill.drivers.target import Target
from support.shortdrill import CLOCKS, HONEST, RESET, broken, got, run, scenario, whole

KEPT = HONEST + '\nretry_after = "kept"'


def resumes_after(pause_s: float) -> Callable[[Target], AsyncIterator[str]]:
    """Return a client that asks for the rest by its cursor after a pause."""

    async def client(target: Target) -> AsyncIterator[str]:
        async for text in resumed(target, lambda failure: pause_s, after=(*DROPS, Refused)):
            yield text

    return client


@CLOCKS
def test_the_reconnection_time_of_a_stream_is_a_wait(clock: str) -> None:
    """From the end of its connection, however long that was up; who comes back sooner has broken it."""
    drilled = scenario(RESET, "", must=KEPT, stream='retry = "1 s"')
    soon = run(resumes_after(0.1), drilled, clock)
    assert (soon.verdict, broken(soon)) == ("fail", {"retry_after"})
    assert soon.numbers.retry_after.asked_s == 1.0
    kept = run(resumes_after(1.0), drilled, clock)
    assert (kept.outcome, kept.verdict, got(kept, "retry_after")) == ("recovered", "pass", "kept")


def test_a_reconnection_time_that_was_never_sent_is_no_wait() -> None:
    """A reset ahead of the block, and a new request after a stream that was complete, break nothing."""
    ahead = scenario('{ reset = { after = "headers" } }', "", must=KEPT, stream='retry = "3 s"')
    assert broken(run(resumes_after(0.1), ahead)) == set()

    async def asks_twice(target: Target) -> AsyncIterator[str]:
        await whole(target)
        yield await whole(target)

    assert broken(run(asks_twice, scenario("", must=KEPT, stream='retry = "3 s"'))) == set()


async def asks_again_at_once(target: Target) -> AsyncIterator[str]:
    """Asks again after a tenth of a second if nothing has come, and shows what is not refused."""

    async def one() -> str:
        try:
            return await whole(target)
        except Refused:
            return ""

    first = asyncio.create_task(one())
    await asyncio.sleep(0.1)
    second = asyncio.create_task(one())
    yield "".join(await asyncio.gather(first, second))


@CLOCKS
def test_a_request_under_way_before_the_answer_breaks_no_wait(clock: str) -> None:
    """The 429 came 400 ms after the second request: that can't have kept its wait, nor broken it."""
    late = '{ status = { code = 429, retry_after = "2 s" } }, { delay = { before = "headers", for = "500 ms" } }'
    record = run(asks_again_at_once, scenario(late, "", must=KEPT), clock)
    assert "retry_after" not in broken(record)
    assert (record.numbers.retry_after.asked_s, record.numbers.retry_after.waited_s) == (2.0, None)
    soon = run(resumes_after(0.1), scenario(late, "", must=KEPT), clock)
    assert broken(soon) == {"retry_after"}


BODIES = {
    "in milliseconds": {"error": {"message": "slow down"}, "retry_after_ms": 2000},
    "in camel case, with a unit": {"error": {"message": "slow down", "retryAfter": "2000ms"}},
    "beside the error": {"error": {"message": "slow down"}, "retry_after": 2},
    "inside the error": {"error": {"message": "slow down", "retry_after": "2s"}},
    "a google.rpc.RetryInfo": {
        "error": {"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2.0s"}]}
    },
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_wait_in_a_body_of_its_own_is_a_wait(body: object) -> None:
    """Whatever shape it has; but not to a client that had gone before the body came."""
    fault = f"{{ status = {{ code = 429, body = {json.dumps(json.dumps(body))} }} }}"
    _broken_or_kept(fault)


def test_a_wait_in_words_is_a_wait() -> None:
    """In a body that is no JSON, with a header that asks for none."""
    _broken_or_kept("{ status = { code = 429, body = 'Please retry in 2s', retry_after_text = 'soon' } }")


def _broken_or_kept(fault: str) -> None:
    drilled = scenario(fault, "", must=KEPT)
    assert got(run(resumes_after(0.5), drilled), "retry_after") == "broken: 1.500 s too early"
    assert got(run(resumes_after(2.0), drilled), "retry_after") == "kept"
    late = scenario(f'{fault}, {{ delay = {{ after = "headers", for = "1 s" }} }}', "", must=KEPT)
    assert broken(run(resumes_after(0.5), late)) == set()


def test_a_body_that_was_cut_short_asks_for_nothing() -> None:
    """Nobody can read half of a JSON document."""
    fault = "{ status = { code = 429, retry_after = '2 s', form = 'body' } }"
    drilled = scenario(f"{fault}, {{ fin = {{ after_byte = 200 }} }}", "", must=KEPT)
    assert broken(run(resumes_after(0.5), drilled)) == set()
    assert broken(run(resumes_after(0.5), scenario(fault, "", must=KEPT))) == {"retry_after"}


ERRORS = {
    "as a member": "{ error_event = { after_token = 8, retry_after = '2 s' } }",
    "in words": "{ error_event = { after_token = 8, message = 'Please try again in 2s.' } }",
    "by hand": """{ insert_event = { after_token = 8, event = "error", data = '{"error": {"retryAfterMs": 2000}}' } },
        { clean_end = { before_token = 9 } }""",
    "in pieces": "{ error_event = { after_token = 8, retry_after = '2 s' } }, { fragment = { at = 'json' } }",
}


@CLOCKS
@pytest.mark.parametrize("fault", ERRORS.values(), ids=ERRORS)
def test_a_wait_in_an_error_of_the_stream_is_a_wait(fault: str, clock: str) -> None:
    """It counts from the end of the error event."""
    drilled = scenario(fault, "", must=KEPT, dialects='["eventsource"]')
    assert got(run(resumes_after(0.5), drilled, clock), "retry_after").startswith("broken: 1.")
    assert got(run(resumes_after(2.0), drilled, clock), "retry_after") == "kept"


def test_an_error_that_was_cut_off_asks_for_nothing() -> None:
    """Its client can't have read it."""
    half = """{ error_event = { after_token = 8, retry_after = '2 s' } },
        { fin = { after_token = 8, inside = 'blank-line' } }"""
    busy = "{ status = { code = 429, retry_after = '300 ms', form = 'decimal' } }"
    record = run(resumes_after(0.5), scenario(half, busy, "", must=KEPT, dialects='["eventsource"]'))
    assert got(record, "retry_after") == "kept"
    assert record.numbers.retry_after.asked_s == 0.3


def waits_for_a_lock(target: Target) -> Iterator[str]:
    """Waits for what nobody gives back."""
    threading.Event().wait()
    yield ""


@CLOCKS
def test_a_blocking_client_that_hangs_is_told_where(clock: str) -> None:
    """Names of functions only, none of them ours, whichever the clock."""
    drilled = replace(scenario("", must='outcome = ["clean"]'), patience_s=0.3, deadline_s=0.5)
    (told,) = [note for note in run(waits_for_a_lock, drilled, clock).notes if note.startswith("at the deadline: ")]
    _, _, calls = told.partition("the client waits in ")
    assert calls == f"{__name__}.waits_for_a_lock > threading.Event.wait > threading.Condition.wait"
