"""The address of a run is the client's alone, fillable into a scenario's text, and in no record."""

import json
import re
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

import httpx
import pytest

from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.program.program_driver import Program
from ssedrill.loading.load import load_text
from ssedrill.model.record import RecordFile
from ssedrill.reporting.formats.to_json import to_text
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from ssedrill_faults.answer.status import StatusFault

SCENARIO = """
name = "segment"
about = "One fault, then all is well."
dialects = ["eventsource"]
patience = "1 s"
deadline = "15 s"
[stream]
tokens = 3
[[attempt]]
faults = [{faults}]
[[attempt]]
[must]
outcome = ["clean", "recovered", "failed-loudly"]
"""
RESET = '{ reset = { before = "headers" } }'
MOVED = '{ status = { code = 307, body = "to {path}/stream", headers = { Location = "{origin}{path}/stream" } } }'
PIECES = "{ fragment = { size = 1 } }"

either = pytest.mark.parametrize("clock", ["real", "virtual"])


def record_of(client, faults, clock="virtual", deadline="15 s"):
    """Drill a client, a function or a program."""
    drilled = load_text(SCENARIO.replace("{faults}", faults).replace("15 s", deadline), "segment.toml")
    driver = client if isinstance(client, Program) else InProcess(client)
    record = drill(Job(drilled, Client("c", driver, ("eventsource",)), "eventsource", seed=3), clock=clock)
    assert record.clock == clock
    return record


def texts(body):
    """Give the text of each token in a body."""
    for line in body.splitlines():
        if line.startswith("data: {"):
            yield json.loads(line[6:]).get("text", "")


def asks(url, tries=3, **more):
    """Ask until an answer comes; give its text."""
    for _ in range(tries):
        try:
            body = urllib.request.urlopen(urllib.request.Request(url, **more), timeout=1).read().decode()
        except OSError:
            continue
        yield from texts(body)
        return
    raise TimeoutError(f"nothing came from {url}")


@either
@pytest.mark.parametrize(
    ("elsewhere", "host"), [(lambda url: url, "evil.example"), (lambda url: re.sub("/[0-9a-f]{16}/", "/", url), None)]
)
def test_what_is_not_the_clients_takes_no_fault(clock, elsewhere, host):
    """Who asks under another name, or at another path, leaves the reset to the client."""

    def first_a_stranger(target):
        try:
            headers = {} if host is None else {"Host": host}
            urllib.request.urlopen(urllib.request.Request(elsewhere(target.url), headers=headers), timeout=1)
        except urllib.error.HTTPError as error:
            told.append(error.code)
            error.close()
        yield from asks(target.url)

    told = []
    record = record_of(first_a_stranger, RESET, clock)
    assert told == [404 if host is None else 421]
    assert (record.outcome, record.numbers.requests) == ("recovered", 2)
    other, met, served = record.wire.attempts
    assert (other.kind, bool(other.note), other.plan.faults) == ("unknown", True, ())
    assert (met.note, met.plan.faults, served.note) == ("", ("reset",), "")


@either
@pytest.mark.parametrize(("its_own", "outcome"), [(False, "hung"), (True, "looping")])
def test_requests_of_others_are_no_loop(clock, its_own, outcome):
    """Who sits there while others ask thirty times is hung; who asks thirty times itself is looping."""

    def sits(target):
        with suppress(OSError):
            urllib.request.urlopen(target.url, timeout=1)
        unknown = re.sub("/stream", "/nothing", target.url)
        for _ in range(30):
            try:
                urllib.request.urlopen(unknown if its_own else re.sub("/[0-9a-f]{16}/", "/", unknown), timeout=1)
            except urllib.error.HTTPError as error:
                error.close()
            except OSError:
                break  # the run has ended
        time.sleep(60)
        yield ""

    record = record_of(sits, RESET, clock, deadline="3 s")
    assert record.outcome == outcome
    assert its_own or (len(record.wire.attempts), record.numbers.requests) == (31, 1)


@either
def test_a_client_that_loses_its_address_is_not_tested(clock):
    """Who asks at another path alone met nothing, and the summary says where the request went."""

    def goes_astray(target):
        yield from asks(re.sub("/[0-9a-f]{16}/", "/", target.url))

    record = record_of(goes_astray, RESET, clock)
    assert (record.outcome, record.numbers.requests) == ("not-tested", 0)
    assert "no request was made to this run's address (the first was GET /stream)" in record.summary


@either
def test_a_scenario_may_name_the_runs_address(clock):
    """A redirect leads to where the stream is; who does not follow it fails, and says <run>."""

    async def follows(target):
        async with httpx.AsyncClient(timeout=1, follow_redirects=True) as http:
            for text in texts((await http.get(target.url)).text):
                yield text

    async def refuses(target):
        async with httpx.AsyncClient(timeout=1) as http:
            answer = await http.get(target.url)
            raise ValueError(f"{answer.headers['location']}: {answer.text}")
        yield ""

    good, bad = record_of(follows, MOVED, clock), record_of(refuses, MOVED, clock)
    assert [(a.path, a.plan.status) for a in good.wire.attempts] == [("/<run>/stream", 307), ("/<run>/stream", 200)]
    assert good.claim == "complete"
    assert (bad.outcome, bad.error.message) == ("failed-loudly", "http://<host>/<run>/stream: to /<run>/stream")
    plan = bad.wire.attempts[0].plan
    assert b"\r\nLocation: http://<host>/<run>/stream\r\n" in plan.data
    assert plan.data.endswith(b"\r\n\r\nto /<run>/stream")


def test_a_cut_through_the_address_leaves_nothing_of_it():
    """Byte by byte the record tells as much as in one piece."""
    first, second = (record_of(lambda target: asks(target.url), f"{MOVED}, {PIECES}") for _ in range(2))
    assert first.wire.attempts[0].plan == second.wire.attempts[0].plan
    assert b"Location: http://<host>/<run>/stream\r\n" in first.wire.attempts[0].plan.data


BLABS = """
import os, sys, urllib.request
url = os.environ["SSEDRILL_URL"]
print(url, "is where it asks")
print('{"retry": "' + url + '"}')
print("x" * 60 + url)
request = urllib.request.Request(url, headers={"Referer": url, "X-Where": url})
try:
    urllib.request.urlopen(request, timeout=1)
except OSError:
    pass
print(url, file=sys.stderr)
print('{"text": "' + url + '"}')
print('{"error": "' + url + '"}')
"""


def test_the_same_run_twice_is_the_same_record():
    """Whatever a program says of its address: byte for byte, with the address as <run>."""
    first, second = (record_of(Program([sys.executable, "-uc", BLABS]), MOVED) for _ in range(2))
    for record in (first, second):
        record.wall_s = 0.0
    one, two = (to_text(RecordFile({}, [record])) for record in (first, second))
    assert one == two
    assert first.error.message == "http://<host>/<run>/stream"
    assert first.tokens.entries[0].text == "http://<host>/<run>/stream"
    assert first.tokens.stderr == "http://<host>/<run>/stream\n"
    assert any("<run>" in note for note in first.tokens.notes)
    assert dict(first.wire.attempts[0].headers)["referer"] == "http://<host>/<run>/stream"
    assert not re.search("[0-9a-f]{16}/stream", one)


def test_the_address_differs_from_run_to_run():
    """Though the client's own randomness is seeded, it is new each time, of one length, and nothing to guess by."""
    seen = []

    def looks(target):
        seen.append(target.url)
        yield from asks(target.url)

    for _ in range(2):
        record_of(looks, RESET)
    segments = [re.fullmatch("http://127.0.0.1:[0-9]+/([0-9a-f]{16})/stream", url)[1] for url in seen]
    assert segments[0] != segments[1]


def test_other_braces_are_the_texts_own():
    """Only names that are known are filled in, and a fault without any stays what it is."""
    places = {"path": "/p", "origin": "http://o"}
    fault = StatusFault(code=503, body='{"path": {path}, "b": {other}, "c": {}}', headers={"X-At": "{origin}{path}"})
    filled = fault.filled_in(places)
    assert filled.body == '{"path": /p, "b": {other}, "c": {}}'
    assert filled.headers == {"X-At": "http://o/p"}
    assert StatusFault(code=503).filled_in(places) == StatusFault(code=503)
