"""Requests that are made beside others: which of them is the reason for which, and which gave the answer."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import httpx
import pytest

from broken_clients import honest
from broken_clients.again import again, resumed, texts
from broken_clients.line import DROPS, Refused, pieces, request
from ssedrill.drivers.target import Target
from support.leavers import address
from support.shortdrill import BUSY, CLOCKS, HONEST, RESET, broken, got, run, scenario, whole

KEPT = HONEST + '\nretry_after = "kept"'
CLEAN_END = "{ clean_end = { after_token = 8 } }"
LIMITED = "{ status = { code = 429, retry_after = '2 s' } }"


# ---- under way before


def at_once(shown: Callable[[list[str]], str], attempts: int = 2) -> Callable[[Target], AsyncIterator[str]]:
    """Return a client that makes two calls at once, each of which waits as it is told."""

    async def one(target: Target) -> str:
        for _ in range(attempts):
            try:
                return await whole(target)
            except Refused as refused:
                await asyncio.sleep(float(refused.retry_after or 0))
        return ""

    async def client(target: Target) -> AsyncIterator[str]:
        yield shown(await asyncio.gather(one(target), one(target)))

    return client


@CLOCKS
def test_two_that_ask_at_once_and_wait_as_told_have_kept_it(clock: str) -> None:
    """Neither of them can have known what the other was told."""
    record = run(at_once(lambda answers: answers[0]), scenario(LIMITED, LIMITED, "", must=KEPT), clock)
    assert (record.outcome, record.verdict, got(record, "retry_after")) == ("recovered", "pass", "kept")


@CLOCKS
def test_an_answer_that_was_asked_for_at_the_same_time_is_not_the_way_over_a_fault(clock: str) -> None:
    """The one that was served would have come without it."""
    record = run(at_once(lambda answers: max(answers), 1), scenario(LIMITED, "", must=KEPT), clock)
    assert (record.outcome, record.verdict) == ("not-tested", "not-tested")
    assert broken(record) == {"fault-met"}


@CLOCKS
def test_a_request_that_was_sent_ahead_breaks_no_wait(clock: str) -> None:
    """On one connection, both before the first answer; the third comes when it may."""

    def pipelines(target: Target) -> Iterator[str]:
        ask = address(target.url)[1]
        with connected(target) as sock:
            sock.sendall(ask + ask)
            read_until(sock, b"event: end")
        time.sleep(2.0)
        yield from shown_of(target, ask)

    record = run(pipelines, scenario(LIMITED, "", must=KEPT), clock)
    assert got(record, "retry_after") == "kept"


# ---- tries that were none, or none of the answer's


@CLOCKS
def test_a_knock_before_the_time_breaks_a_wait(clock: str) -> None:
    """Even if the door lets nobody in: whoever was told 2 s came back after half a second."""
    pauses = iter((0.5, 1.6, 1.0))

    async def knocks(target: Target) -> AsyncIterator[str]:
        async for text in again(lambda: texts(target), lambda failure: next(pauses), after=(*DROPS, Refused)):
            yield text

    record = run(knocks, scenario(LIMITED, "{ close_on_accept = {} }", "", must=KEPT), clock)
    assert broken(record) == {"retry_after"}
    assert "1.5" in got(record, "retry_after") or clock == "real"


def test_a_look_that_asks_for_nothing_breaks_no_wait() -> None:
    """A HEAD request is no try."""

    async def looks(target: Target) -> AsyncIterator[str]:
        with suppress(Refused):
            yield await whole(target)
        async with httpx.AsyncClient() as http:
            await asyncio.sleep(0.3)
            await http.head(target.url)
        await asyncio.sleep(1.7)
        yield await whole(target)

    assert got(run(looks, scenario(LIMITED, "", must=KEPT)), "retry_after") == "kept"


@CLOCKS
def test_a_date_counts_from_when_it_was_spelled(clock: str) -> None:
    """An answer that is held up for half a second asks for half a second less."""
    date = "{ status = { code = 429, retry_after = '2 s', form = 'date' } }"
    late = date + ", { delay = { before = 'headers', for = '500 ms' } }"

    def waiting(seconds: float) -> Callable[[Target], AsyncIterator[str]]:
        async def client(target: Target) -> AsyncIterator[str]:
            began = asyncio.get_running_loop().time()
            with suppress(Refused):
                yield await whole(target)
            await asyncio.sleep(began + seconds - asyncio.get_running_loop().time())
            yield await whole(target)

        return client

    assert got(run(waiting(3.1), scenario(late, "", must=KEPT), clock), "retry_after") == "kept"
    assert broken(run(waiting(1.0), scenario(late, "", must=KEPT), clock)) == {"retry_after"}


@CLOCKS
def test_what_is_asked_besides_says_nothing_of_the_answer(clock: str) -> None:
    """The last request is not the one that was shown: a stream shown in full is clean, a fall-back degraded."""

    async def asks_for_a_whole_one_too(target: Target) -> AsyncIterator[str]:
        async for text in texts(target):
            yield text
        await without_stream(target)

    clean = run(asks_for_a_whole_one_too, scenario(""), clock)
    assert (clean.outcome, clean.recovered_by) == ("clean", None)

    async def falls_back_and_asks_for_a_stream_too(target: Target) -> AsyncIterator[str]:
        try:
            async for text in texts(target):
                yield text
        except DROPS:
            target.restart()
            yield await without_stream(target)
            await whole(target)

    degraded = run(falls_back_and_asks_for_a_stream_too, scenario(RESET, ""), clock)
    assert (degraded.outcome, degraded.recovered_by) == ("degraded", None)
    assert degraded.numbers.recovery.total_s is not None
    assert degraded.numbers.recovery.total_s == 0.0 or clock == "real"


@CLOCKS
def test_leaving_without_a_reason_is_no_failure(clock: str) -> None:
    """A client that leaves a healthy stream and asks again has recovered from nothing."""

    async def warms_up(target: Target) -> AsyncIterator[str]:
        async with httpx.AsyncClient() as http, http.stream(**request(target, "", "")):
            pass
        yield await whole(target)

    record = run(warms_up, scenario(""), clock)
    assert (record.outcome, record.recovered_by, record.numbers.requests) == ("clean", None, 2)


@CLOCKS
def test_all_of_the_text_without_its_end_is_a_failure(clock: str) -> None:
    """If the stream breaks behind its last token, whoever asks again has recovered."""
    record = run(honest.resumes, scenario("{ fin = { after_token = 20 } }", ""), clock)
    assert (record.outcome, record.recovered_by) == ("recovered", "resumed")


@CLOCKS
def test_a_redirect_is_a_request_and_no_failure(clock: str) -> None:
    """Who follows it and gets the answer is clean, in two requests, and has recovered from nothing."""

    async def follows(target: Target) -> AsyncIterator[str]:
        async with httpx.AsyncClient(follow_redirects=True) as http:
            answer = await http.get(target.url)
            yield "".join(re.findall(r'"text":"([^"]*)"', answer.text))

    moved = '{ status = { code = 307, headers = { Location = "{path}/stream" } } }'
    record = run(follows, scenario(moved, ""), clock)
    assert (record.outcome, record.verdict, record.numbers.requests) == ("clean", "pass", 2)
    assert record.numbers.recovery.total_s is None


# ---- who asks


@CLOCKS
@pytest.mark.parametrize("dialect", ["openai-chat", "anthropic-messages"])
def test_a_request_without_the_credentials_of_the_first_is_found(clock: str, dialect: str) -> None:
    """It goes to the same origin, so that there is no reason to leave them out; whoever sends them passes."""

    def follows(*, with_key: bool) -> Callable[[Target], AsyncIterator[str]]:
        async def client(target: Target) -> AsyncIterator[str]:
            ask, key = request(target), {header: f"Bearer {target.api_key}"}
            async with httpx.AsyncClient() as http:
                moved = await http.post(ask["url"], json=ask["json"], headers=key)
                place = moved.request.url.join(moved.headers["location"])
                answer = await http.post(place, json=ask["json"], headers=key if with_key else {})
            yield "".join(re.findall(r'"(?:text|content)":"( [^"]*)"', answer.text))

        return client

    path, header = {
        "openai-chat": ("/v1/chat/completions", "Authorization"),
        "anthropic-messages": ("/v1/messages", "X-Api-Key"),
    }[dialect]
    moved = f'{{ status = {{ code = 307, body = "", headers = {{ Location = "{{path}}{path}" }} }} }}'
    for with_key in (True, False):
        record = run(follows(with_key=with_key), scenario(moved, ""), clock, dialect)
        assert record.outcome == "clean", record.summary
        assert record.verdict == ("pass" if with_key else "fail")
        assert broken(record) == (set() if with_key else {"credentials"})


def test_who_never_said_who_he_is_is_not_asked() -> None:
    """Nor is who makes one request: there is nothing to carry on."""
    asked = [check.id for check in run(honest.resumes, scenario(RESET, "")).checks]
    assert "credentials" not in asked
    asked = [check.id for check in run(honest.raises, scenario(""), dialect="openai-chat").checks]
    assert "credentials" not in asked


# ---- silence, and what was read


@CLOCKS
def test_patience_is_not_hidden_by_a_request_besides(clock: str) -> None:
    """Who sits before a silent stream for 4 s, having promised 2 s, does so whatever else it asks for meanwhile."""

    async def sits(target: Target) -> AsyncIterator[str]:
        async def besides() -> None:
            await asyncio.sleep(0.2)
            await whole(target)

        task, last = asyncio.create_task(besides()), ""
        with suppress(TimeoutError, *DROPS):
            async with asyncio.timeout(4.0):
                async for piece in pieces(replace(target, patience_s=10.0)):
                    last = piece.id
                    yield piece.text
        await task
        async for piece in pieces(target, last_event_id=last):
            yield piece.text

    record = run(sits, scenario("{ stall = { after_token = 8 } }", ""), clock)
    assert record.outcome == "recovered"
    assert broken(record) == {"patience"}
    assert record.numbers.longest_silence_s == pytest.approx(3.91, abs=0.01 if clock == "virtual" else 2.0)


@CLOCKS
def test_a_client_that_has_stopped_reading_meets_nothing(clock: str) -> None:
    """What lies behind a byte that was never read was not read either."""

    def stops_reading(target: Target) -> Iterator[str]:
        ask = address(target.url)[1]
        with connected(target) as sock:
            sock.sendall(ask)
            text = b""
            while text.count(b'"text"') < 5:
                text += sock.recv(40)
            yield from (f" a{number}." for number in range(1, 6))
            time.sleep(2.0)
            yield from shown_of(target, ask[:-2] + b"Last-Event-ID: a-5\r\n\r\n")

    pings = "{ keepalive_only = { after_token = 8, every = '250 ms' } }"
    record = run(stops_reading, scenario(pings, "", stream='regenerate = "same"'), clock)
    assert (record.outcome, record.verdict) == ("not-tested", "not-tested")


@CLOCKS
def test_text_of_an_answer_of_which_nothing_was_read_is_made_up(clock: str) -> None:
    """It asks, reads no byte, and guesses right."""

    def guesses(target: Target) -> Iterator[str]:
        with connected(target) as sock:
            sock.sendall(address(target.url)[1])
            time.sleep(0.5)
            yield from (f" a{number}." for number in range(1, 21))

    record = run(guesses, scenario(""), clock)
    assert (record.outcome, record.verdict, record.numbers.corrupted) == ("corrupted", "fail", 20)


@CLOCKS
@pytest.mark.parametrize("stream", ["", 'regenerate = "same"'])
def test_recovery_ends_with_the_first_text_that_is_new_to_the_application(clock: str, stream: str) -> None:
    """Of a client that had shown nothing, the first of all: that a copy of it was under way once is no matter."""

    async def buffers_first(target: Target) -> AsyncIterator[str]:
        with suppress(*DROPS):
            await whole(target)
        await asyncio.sleep(1.0)
        async for text in texts(target):
            yield text

    record = run(buffers_first, scenario(RESET, "", stream=stream), clock)
    assert record.numbers.recovery.total_s == pytest.approx(1.01, abs=0.001 if clock == "virtual" else 1.0)


# ---- doors, after an answer


@CLOCKS
@pytest.mark.parametrize("first", [BUSY, RESET, "{ fin = { after_token = 8 } }", CLEAN_END])
def test_a_door_that_shuts_after_an_answer_opens_again(clock: str, first: str) -> None:
    """The connections of that answer still hold the port, and let it be listened on again."""

    async def patient(target: Target) -> AsyncIterator[str]:
        async for text in resumed(target, lambda failure: 0.25, after=(*DROPS, Refused), times=range(40)):
            yield text

    record = run(patient, scenario(first, "{ refuse = { for = '600 ms' } }", ""), clock)
    assert (record.outcome, record.verdict) == ("recovered", "pass"), record.summary


def test_an_error_that_lies_about_its_class_ends_its_own_run_alone() -> None:
    """What a client's exception calls its class is the client's code, and may raise."""

    class Liar(Exception):
        @property
        def __class__(self):  # type: ignore[override]
            raise RuntimeError("I have none")

    def raises(target: Target) -> Iterator[str]:
        yield " a1."
        raise Liar("x")

    record = run(raises, scenario(RESET))
    assert (record.outcome, record.error is not None) == ("not-tested", True)


# ---- by hand


async def without_stream(target: Target) -> str:
    """Return the text of a whole answer."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(target.url, headers={"Accept": "application/json"})
        return str(answer.json()["text"])


def connected(target: Target) -> socket.socket:
    """Return a connection."""
    return socket.create_connection(address(target.url)[0])


def read_until(sock: socket.socket, mark: bytes) -> bytes:
    """Read until something has come, or the other end has left."""
    text = b""
    while mark not in text and (more := sock.recv(4096)):
        text += more
    return text


def shown_of(target: Target, ask: bytes) -> Iterator[str]:
    """Ask on a connection of its own, and give the text of the answer."""
    with connected(target) as sock:
        sock.sendall(ask)
        for text in re.findall(rb'"text":"([^"]*)"', read_until(sock, b"event: end")):
            yield text.decode()
