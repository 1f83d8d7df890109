"""Bytes that alter how the next block is read: which tokens are to be had is what the standard says of the bytes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from broken_clients.line import Truncated, request
from ssedrill.clients.reference.client import reference
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.target import Target
from ssedrill.loading.load import load_text
from ssedrill.model.record import Outcome, Record
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from support.by_the_standard import shows, texts
from support.repeats import crossed

GOOD = {Outcome.CLEAN, Outcome.RECOVERED, Outcome.DEGRADED, Outcome.FAILED_LOUDLY}

TEXT = """
name = "swallowed"
about = "Bytes ahead of an event alter how it is read."
dialects = ["{dialect}"]
[stream]
tokens = 20
every = "5 ms"
[[attempt]]
faults = [{faults}]
[[attempt]]
[must]
outcome = ["clean", "recovered", "degraded", "failed-loudly"]
"""

RAW = [
    ": keepalive",
    "\ufeff",
    "\ufeff\n\n\ufeff",
    "x",
    "data",
    "data\n",
    "data:",
    "data: x\n",
    "event: ping\n",
    "event: ping\n:",
    "event",
    "event: end\n",
    "id",
    "id: ",
    "id: a-5\n",
    "id: 7\nfoo",
    "retry: 10",
    ": k\r",
    ": k\r\r",
    ":\n:",
    "\n",
    "\r",
    "\0",
    ": k\n\nda",
]
EDITS = {
    "data:": [
        "Data:",
        "data",
        ": data:",
        "\ufeffdata:",
        "event: x\ndata:",
        "id: a-1\ndata:",
        "\rdata:",
        "data:\ndata:",
    ],
    "\n\n": ["\n", "", "\n\r", "\r\r", "\n: x", "\n\nevent: ping\n", "\n\n:"],
}


def inserted(raw: str) -> str:
    """Return the fault that sends these bytes ahead of token 13."""
    return f"{{ insert_event = {{ after_token = 12, raw = {json.dumps(raw)} }} }}"


def edited(old: str, new: str) -> str:
    """Return the fault that puts one text in place of another in the event of token 13."""
    return f"{{ edit_event = {{ after_token = 12, replace = {{ {json.dumps(old)} = {json.dumps(new)} }} }} }}"


FAULTS = [*map(inserted, RAW), *(edited(old, new) for old, several in EDITS.items() for new in several)]
DIALECTS = ["openai-chat", "anthropic-messages", "eventsource"]


def drilled(faults: str, client, dialect: str) -> Record:
    """Drill a client with an attempt that meets these faults."""
    scenario = load_text(TEXT.format(faults=faults, dialect=dialect), "swallowed.toml")
    return drill(Job(scenario, Client("subject", InProcess(client), scenario.dialects), dialect))


def without(*numbers: int):
    """Return the sin of losing these tokens, if they came."""
    return lambda texts: [text for text in texts if text not in [f" a{number}." for number in numbers]]


@crossed("faults, dialect", FAULTS, DIALECTS)
def test_who_reads_by_the_standard_is_not_blamed(faults: str, dialect: str) -> None:
    """Whatever it could not get, it has not lost; the reference client passes too."""
    for client in (shows(), reference):
        record = drilled(faults, client, dialect)
        assert record.outcome in GOOD, record.summary


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "faults", [inserted(": keepalive"), inserted("event: ping\n"), inserted("\ufeff"), inserted("id")]
)
@pytest.mark.parametrize("lost", [12, 14, 20])
def test_who_gets_less_than_the_standard_gives_is_blamed(faults: str, dialect: str, lost: int) -> None:
    """One token that nobody can read excuses no other."""
    record = drilled(faults, shows(without(lost)), dialect)
    assert record.outcome is Outcome.TRUNCATED_SILENTLY
    assert str(lost) in record.summary


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("raw", [": k\n", ": k\r", "\n", "retry: 10\n", "event: message\n"])
def test_who_drops_what_is_still_to_be_had_is_blamed(raw: str, dialect: str) -> None:
    """Bytes that alter nothing excuse nothing."""
    assert drilled(inserted(raw), shows(), dialect).outcome is Outcome.CLEAN
    record = drilled(inserted(raw), shows(without(13)), dialect)
    assert record.outcome is Outcome.TRUNCATED_SILENTLY, record.summary
    assert "(13)" in record.summary


def test_a_number_that_is_said_shows_no_hole() -> None:
    """The event that nobody knows had the number of the token; and a token that is not sent is still a hole."""
    swallowed = drilled(inserted("event: ping\n"), shows(), "eventsource")
    assert swallowed.outcome is Outcome.CLEAN
    assert swallowed.summary == "showed 19 of 20 tokens, just as the server sent them, in one request"
    dropped = drilled("{ drop_event = { after_token = 12 } }", shows(), "eventsource")
    assert dropped.outcome is Outcome.TRUNCATED_SILENTLY


@pytest.mark.parametrize("faults", [*map(inserted, RAW), edited("id:", "ID:")])
@pytest.mark.parametrize("ending", ["reset = { after_token = 13 }", "clean_end = { after_token = 14 }"])
def test_an_answer_that_is_cut_behind_it_is_gone_on_with(faults: str, ending: str) -> None:
    """A client that goes by ids asks for what stands behind the last that it was given, and shows nothing twice."""
    record = drilled(f"{faults}, {{ {ending} }}", reference, "eventsource")
    assert record.outcome in GOOD, record.summary


def test_a_token_whose_id_came_is_not_asked_for_again() -> None:
    """Its event was read, under a type that nobody knows, and the cursor says so: it never comes."""
    cut = f"{inserted('event: ping' + chr(10))}, {{ reset = {{ after_token = 13 }} }}"
    record = drilled(cut, by_cursor, "eventsource")
    assert record.outcome is Outcome.RECOVERED, record.summary
    assert record.numbers.lost == 0


async def by_cursor(target: Target) -> AsyncIterator[str]:
    """Reconnect as an event source does: with the id that counts since the last blank line."""
    last = ""
    for _ in range(3):
        got = b""
        async with httpx.AsyncClient(timeout=target.patience_s) as http:
            try:
                async with http.stream(**request(target, last)) as answer:
                    async for some in answer.aiter_bytes():
                        got += some
            except httpx.TransportError:
                pass
        try:
            for text in texts("eventsource", got):
                yield text
            return
        except Truncated:
            last = re.findall(rb"id: (.+)\n", got)[-1].decode()
            await asyncio.sleep(0.5)
    raise ConnectionError("gave up")
