"""Runs of several calls that look good, or bad, and are not: what was seen of one call says something of another."""

from __future__ import annotations

import asyncio
import socket
from base64 import b64encode
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from urllib.parse import urlsplit

import aiohttp
import pytest

from broken_clients import sessions
from broken_clients.sessions import read
from ssedrill.clients.request import dialect_of, request_for
from ssedrill.dialects.call import API_KEY, PROMPT
from ssedrill.drivers.target import Target, Unsupported
from ssedrill.loading.problems import BadScenario
from ssedrill.model.record import Outcome, Status, Verdict
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import WireJournal
from ssedrill.running.judged_calls import judge_call
from support.drilled_calls import ANY, BUSY, broken, came, run, scenario


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


# ---- keys at another origin

MOVED = '[[call.attempt]]\nfaults = [{{ redirect = {{ code = {code}, origin = "other" }} }}]\n[[call.attempt]]'
OWN = "sk-mine-0123456789"


def moves(here: dict[str, str], there: dict[str, str], query: str = "", *, by: str = "", goes_at_once: bool = False):
    """Return a client with these headers at the first origin, and those at where it was led.

    It asks there by the method ``by``, if one is named, with the ``query`` behind the address. If it
    ``goes_at_once``, its later calls begin there.
    """

    @asynccontextmanager
    async def client(session):
        async with aiohttp.ClientSession() as http:
            led: list[str] = []

            async def call(target):
                ask = request_for(target)
                url, headers, method = ask.url, here, ask.method
                if led and goes_at_once:
                    url, headers = led[0], there
                async with http.request(method, url, json=ask.json, headers=headers, allow_redirects=False) as answer:
                    location = answer.headers.get("Location")
                    yield await texts(answer, target) if location is None else ""
                if location is not None:
                    led.append(location)
                    body = None if by else ask.json
                    async with http.request(by or method, location + query, json=body, headers=there) as answer:
                        answer.raise_for_status()
                        yield await texts(answer, target)

            yield call

    return client


async def texts(answer: aiohttp.ClientResponse, target: Target) -> str:
    """Return the text of an answer."""
    lines = [line[6:] for line in (await answer.text()).split("\n") if line.startswith("data: {")]
    return "".join(dialect_of(target).read.quick_text(line) for line in lines)


DRILLS = {"authorization": f"Bearer {API_KEY}"}
ITS_OWN = {"authorization": f"Bearer {OWN}"}


@pytest.mark.parametrize(
    ("client", "code", "groups", "broken_in"),
    [
        (moves(DRILLS, {}), 307, 1, set()),
        (moves(DRILLS, {}, goes_at_once=True), 308, 2, set()),
        (moves(DRILLS, DRILLS, goes_at_once=True), 308, 2, {1, 2}),
        (moves(DRILLS, {}, by="GET"), 303, 1, set()),
        (moves(DRILLS, DRILLS, by="GET"), 303, 1, {1}),
        (moves({}, DRILLS), 307, 1, {1}),
        (moves({"cookie": f"auth={API_KEY}"}, {"cookie": f"auth={API_KEY}"}), 307, 1, {1}),
        (moves(ITS_OWN, {}), 307, 1, set()),
        (moves(ITS_OWN, {"x-other": OWN}), 307, 1, {1}),
        (moves(ITS_OWN, {"cookie": "a=" + b64encode(f"u:{OWN}".encode()).decode()}), 307, 1, {1}),
        (moves(ITS_OWN, {}, f"?key={OWN}"), 307, 1, {1}),
    ],
)
def test_a_key_at_another_origin(client, code, groups, broken_in):
    """Whoever's it is, in whatever place, asked in whatever way: also if the call has begun there."""
    moved = MOVED.format(code=code)
    drilled = scenario(moved, *["[[call.attempt]]"] * (groups - 1), must='outcome = ["clean", "failed-loudly"]')
    record = run(client, drilled)
    assert {call.number for call in record.calls if call.verdict is Verdict.FAIL} == broken_in
    assert broken(record) == ({"credentials"} if broken_in else set())


def test_a_key_in_a_request_of_no_call():
    """Nobody can tell for which of two calls it was handed on; that it was is sure."""
    record = run(moves(DRILLS, DRILLS, by="GET"), scenario(f"count = 2\n{MOVED.format(code=303)}"))
    assert [(check.id, check.verdict) for check in record.checks] == [("credentials", Verdict.FAIL)]
    told = "the request at 0.000 s hands the key, in the header authorization, to another origin"
    assert record.summary.startswith(f"2 calls: 2 failed-loudly; {told}")


# ---- told to stop

SILENT = "[[call.attempt]]\nfaults = [{ stall = { after_token = 8 } }]"
MUTE = "[[call.attempt]]\nfaults = [{ mute = {} }]"
CLOSED = "[[call.attempt]]\nfaults = [{ close_on_accept = {} }]\n" * 5
ANOTHER = '[[call]]\nwait = "1 s"\n[call.must]\noutcome = ["clean"]'
LEFT_OPEN: list[socket.socket] = []


@asynccontextmanager
async def reads_a_little_and_keeps(session):
    """Reads just what it shows from its socket, and never closes that."""

    async def call(target):
        ask = request_for(target)
        parts = urlsplit(ask.url)
        sock = socket.create_connection((parts.hostname, parts.port))
        LEFT_OPEN.append(sock)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        where = f"{parts.path}?{parts.query}" if parts.query else parts.path
        head = f"{ask.method} {where} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/event-stream\r\n\r\n"
        await loop.sock_sendall(sock, head.encode())
        line = b""
        while byte := await loop.sock_recv(sock, 1):
            line += byte
            if line.endswith(b"\n"):
                if line.startswith(b"data: {") and (text := dialect_of(target).read.quick_text(line[6:].decode())):
                    yield text
                if line == b"event: end\n":
                    return
                line = b""

    yield call


@asynccontextmanager
async def knocks_on(session):
    """Goes on trying in the background, though nobody reads any more."""
    tasks = []

    async def later(target):
        async with aiohttp.ClientSession() as http:
            await asyncio.sleep(0.5)
            with suppress(aiohttp.ClientError):
                await http.get(target.url)

    async def call(target):
        async with aiohttp.ClientSession() as http:
            try:
                with suppress(aiohttp.ClientError):
                    await http.get(target.url)
                await asyncio.sleep(60)
                yield ""
            finally:
                tasks.append(asyncio.create_task(later(target)))

    yield call
    await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    ("client", "group", "bound"),
    [
        (reads_a_little_and_keeps, f'cancel = {{ at = "0.5 s" }}\n{SILENT}', 'cancel_closed = "<= 1 s"'),
        (reads_a_little_and_keeps, f"cancel = {{ after_token = 5 }}\n{ANOTHER}", 'cancel_closed = "<= 1 s"'),
        (reads_a_little_and_keeps, f"cancel = {{ after_token = 5 }}\n{ANOTHER}", 'cancel_left_open = "== 0"'),
        (reads_a_little_and_keeps, f'cancel = {{ at = "0.5 s" }}\n{MUTE}', 'cancel_left_open = "== 0"'),
        (knocks_on, f'cancel = {{ at = "0.5 s" }}\n{CLOSED}', 'cancel_requests = "== 0"'),
    ],
)
def test_what_a_stop_leaves(client, group, bound):
    """What is never closed was not closed in time; nor is over what nobody reads, though the server is done."""
    drilled = scenario(group, must=f'outcome = ["cancelled"]\n{bound}')
    right, wrong = (run(one, drilled, dialect="eventsource") for one in (sessions.retries, client))
    assert (right.verdict, wrong.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert broken(wrong) == {bound.partition(" ")[0]}
    while LEFT_OPEN:
        LEFT_OPEN.pop().close()


# ---- coming back together

TOGETHER = 'outcome = ["recovered", "failed-loudly"]\nrun_retry_spread = ">= 200 ms"'
AGAIN = "\n[[attempt]]"
DOWN = '[[attempt]]\nfaults = [{ refuse = { for = "1 s" } }]' + AGAIN
OVERLOADED = "[[attempt]]\nfaults = [{ status = { code = 503 } }]" + AGAIN
LED = "[[attempt]]\nfaults = [{ redirect = {} }]\n" + OVERLOADED


def waits(how_long):
    """Return a client that asks again after so many seconds, which depend on the call, and gives up if it is None."""

    @asynccontextmanager
    async def client(session):
        async with aiohttp.ClientSession() as http:

            async def call(target):
                for attempt in range(9):
                    try:
                        async for text in read(http, target):
                            yield text
                        return
                    except (aiohttp.ClientError, ConnectionError):
                        if attempt == 8 or (wait_s := how_long(target)) is None:
                            raise
                        await asyncio.sleep(wait_s)

            yield call

    return client


IN_STEP, APART = waits(lambda target: 0.4), waits(lambda target: 0.3 * target.call)


@pytest.mark.parametrize("rules", [DOWN, OVERLOADED, LED], ids=["down", "overloaded", "led"])
def test_who_comes_back_in_step(rules):
    """Also behind a door that was shut; going where a redirect leads is no coming back."""
    drilled = scenario("count = 4", must=TOGETHER, rules=rules)
    assert broken(run(IN_STEP, drilled)) == {"run_retry_spread"}
    assert run(APART, drilled).verdict is Verdict.PASS


def test_who_had_no_reason_to_come_back_was_not_asked():
    """One call that is broken is none of several, and two that give up have no value."""
    must = TOGETHER.replace('"recovered"', '"clean", "recovered"')
    alone = run(IN_STEP, scenario("", BUSY, must=must))
    assert (alone.outcome, alone.verdict) == (Outcome.NOT_TESTED, Verdict.NOT_TESTED)
    assert "fewer than two calls met a fault" in alone.summary
    given_up = run(waits(lambda target: None), scenario("count = 2", must=must, rules=OVERLOADED))
    assert [(check.status, given_up.verdict) for check in given_up.checks] == [(Status.DOES_NOT_APPLY, Verdict.PASS)]
    with pytest.raises(BadScenario, match="in no attempt is there a fault that calls have to come back from"):
        scenario("count = 2", must=must)


# ---- told to stop before there was a request


def shares_two_connections(deaf_s: float = 0.0):
    """Return a client whose calls wait for one of two connections, for so long whatever they are told."""

    @asynccontextmanager
    async def client(session):
        async with aiohttp.ClientSession() as http:
            pool = asyncio.Semaphore(2)

            async def call(target):
                try:
                    await pool.acquire()
                except asyncio.CancelledError:
                    await asyncio.sleep(deaf_s)
                    raise
                try:
                    async for text in read(http, target):
                        yield text
                finally:
                    pool.release()

            yield call

    return client


def test_a_stop_while_it_waits_for_a_connection():
    """It is heard there too, or not; what a fault would have done is not known."""
    stopped = 'count = 5\ncancel = { at = "100 ms" }'
    drilled = scenario(stopped, "", must='outcome = ["cancelled", "clean"]')
    right, deaf = run(shares_two_connections(), drilled), run(shares_two_connections(10.0), drilled)
    assert (came(right), right.verdict) == ([*[Outcome.CANCELLED] * 5, Outcome.CLEAN], Verdict.PASS)
    assert (came(deaf)[1:4], deaf.verdict) == ([Outcome.CANCELLED, Outcome.HUNG, Outcome.HUNG], Verdict.FAIL)
    assert run(shares_two_connections(), scenario(f"{stopped}\n{SILENT}", "")).verdict is Verdict.NOT_TESTED


@asynccontextmanager
async def shows_nothing(session):
    """Shows nothing, and calls that complete."""

    async def call(target):
        async with aiohttp.ClientSession() as http, http.get(target.url):
            return
        yield

    yield call


def test_who_was_over_before_the_stop_was_not_tested():
    """A right client is not blamed for the moment; one that was wrong by then is."""
    drilled = scenario('cancel = { at = "10 s" }', must='outcome = ["cancelled"]')
    right = run(sessions.right, drilled)
    assert (came(right), right.verdict) == ([Outcome.NOT_TESTED], Verdict.NOT_TESTED)
    assert "it was over before it was to be told to stop" in right.summary
    assert run(shows_nothing, drilled, dialect="eventsource").verdict is Verdict.FAIL


# ---- keys of calls


def has_keys(key_of_call):
    """Return a client that asks twice, with the idempotency key that is made for the call."""

    @asynccontextmanager
    async def client(session):
        async with aiohttp.ClientSession() as http:

            async def call(target):
                ask, key = request_for(target), {"Idempotency-Key": key_of_call(target.call)}
                for _ in range(2):
                    async with http.request(ask.method, ask.url, headers=ask.headers | key, json=ask.json) as answer:
                        if answer.status == 200:
                            yield await texts(answer, target)

            yield call

    return client


@pytest.mark.parametrize("severity", ["must", "should"])
def test_a_key_is_that_of_one_call(severity):
    """Kept from try to try, and not beyond: a server takes the next call for the same one."""
    asked = f'outcome = ["recovered"]\n[{severity}]\nidempotency_key = "kept"'.replace("[must]\n", "")
    drilled = scenario("", "", must=asked, rules=OVERLOADED)
    assert run(has_keys(lambda call: f"key-{call}"), drilled).verdict is Verdict.PASS
    record = run(has_keys(lambda call: "one-for-all"), drilled)
    assert record.verdict is (Verdict.FAIL if severity == "must" else Verdict.WARN)
    assert [check.got.partition(" s ")[2] for check in record.checks] == ["has the idempotency key of another call"]


# ---- requests without an end


@asynccontextmanager
async def asks_on_behind_its_first_call(session):
    """Has shown all that there is, and asks on."""
    tasks = []

    async def again(target):
        async with aiohttp.ClientSession() as http:
            while True:
                async with http.get(target.url):
                    pass

    async with aiohttp.ClientSession() as http:

        async def call(target):
            async for text in read(http, target):
                yield text
            if target.call == 1:
                tasks.append(asyncio.create_task(again(target)))

        yield call
    for task in tasks:
        task.cancel()


def test_a_loop_is_that_of_its_call():
    """Also behind its end; a call that the harness had to end for it has proved nothing."""
    silent = 'start = "with-previous"\n[[call.attempt]]\nfaults = [{ stall = { after_token = 3 } }]'
    drilled = scenario("[[call.attempt]]", silent, "[[call.attempt]]")
    record = run(asks_on_behind_its_first_call, drilled, dialect="eventsource")
    assert (came(record), record.verdict) == ([Outcome.LOOPING, Outcome.NOT_TESTED], Verdict.FAIL)
    assert record.outcome is Outcome.LOOPING
    assert "requests without an end and was stopped" in record.summary


@pytest.mark.parametrize(("ended_t", "outcome"), [(1.0, Outcome.HUNG), (None, Outcome.NOT_TESTED)])
def test_who_lets_no_time_pass_hangs(ended_t, outcome):
    """A call without a request that had to be ended alone hung; one that ended with the run had no time to ask."""
    spun = TokenJournal(stopped=True, stopped_t=1.0)
    settings = {"dialect": "openai-chat", "can": frozenset(), "lost": False, "harm": "", "began_t": 1.0}
    there = {"one_of_several": True, "was_there": True, "asked_nothing": True}
    judged = judge_call(scenario("", "").for_call(2), WireJournal(), spun, ended_t, **settings, **there)
    assert judged.outcome is outcome


# ---- what one call forgets for all, or leaves to another


@asynccontextmanager
async def forgets_its_key(session):
    """Takes its key out of the headers that all calls share, since one of them was led elsewhere."""
    async with aiohttp.ClientSession() as http:
        shared = dict(DRILLS)

        async def call(target):
            ask = request_for(target)
            async with http.post(ask.url, json=ask.json, headers=shared, allow_redirects=False) as answer:
                if (location := answer.headers.get("Location")) is None:
                    yield await texts(answer, target)
            if location is not None:
                shared.clear()
                async with http.post(location, json=ask.json, headers=shared) as answer:
                    yield await texts(answer, target)

        yield call


def test_a_key_that_one_call_had_is_not_forgotten_in_another():
    """Each call by itself carries what its first request had: the second has nothing."""
    drilled = scenario(MOVED.format(code=307), "[[call.attempt]]", must='outcome = ["clean"]')
    record = run(forgets_its_key, drilled)
    assert (broken(record), record.verdict) == ({"credentials"}, Verdict.FAIL)
    assert "the first of its call, has no authorization" in record.summary


@asynccontextmanager
async def keeps_its_cursor(session):
    """Begins a call with the id that it was given last, in whatever call."""
    async with aiohttp.ClientSession() as http:
        last = {}

        async def call(target):
            async with http.get(target.url, headers={"Accept": "text/event-stream"} | last) as answer:
                async for line in answer.content:
                    if line.startswith(b"id: "):
                        last["Last-Event-ID"] = line[4:].decode().strip()
                    elif line.startswith(b"data: {"):
                        yield dialect_of(target).read.quick_text(line[6:].decode())
                    elif line.startswith(b"event: end"):
                        return
                raise ConnectionError("the stream ended without its last event")

        yield call


def test_a_cursor_is_that_of_one_call():
    """With that of another a call is given nothing, or the rest of what it never had."""
    drilled = scenario("", "", must=f'outcome = {ANY}\ncursor = "newest"')
    record = run(keeps_its_cursor, drilled, dialect="eventsource")
    assert (broken(record), record.verdict) == ({"cursor"}, Verdict.FAIL)
    assert run(sessions.right, drilled, dialect="eventsource").verdict is Verdict.PASS
