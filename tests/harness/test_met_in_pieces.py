"""A client that raises since it has met a fault was tested, however the bytes that do the harm are cut."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from broken_clients import honest, sinners
from broken_clients.line import request, text_of
from ssedrill.drivers.target import Target
from support.repeats import crossed
from support.shortdrill import run, scenario

CUTS = [
    "{ fragment = { size = 1 } }",
    "{ fragment = { size = 7 } }",
    "{ fragment = { at = 'byte' } }",
    "{ buffer = { bytes = 100 } }",
    "{ coalesce = { events = 3 } }, { fragment = { size = 7 } }",
    "{ fragment = { size = 7 } }, { buffer = { bytes = 64 } }, { fragment = { size = 5 } }",
]
IN_CHUNKS = ["{ chunk_borders = { size = 5 } }", "{ chunk_borders = { size = 5 } }, { buffer = { bytes = 64 } }"]
HARM = [
    "{ bad_chunk = { after_token = 8, size = 'zz' } }",
    "{ bad_chunk = { after_token = 8, size = '' } }",
    "{ encode = { damage = 'utf8' } }",
    "{ malformed_json = { after_token = 8 } }",
    "{ malformed_json = { after_token = 8, kind = 'not-json' } }",
    "{ error_event = { after_token = 8 } }",
    "{ malformed_json = { after_token = 8 } }, { encode = {} }",
    "{ error_event = { after_token = 8 } }, { encode = { coding = 'br' } }",
    "{ malformed_json = { after_token = 8 } }, { encode = { coding = 'zstd' } }",
]


@asynccontextmanager
async def answered(target: Target) -> AsyncIterator[httpx.Response]:
    """Make a request that accepts every coding."""
    made = request(target)
    headers = {**made.pop("headers", {}), "accept-encoding": "gzip, br, zstd"}
    async with httpx.AsyncClient(timeout=5.0) as http, http.stream(**made, headers=headers) as answer:
        yield answer


async def whole_events(target: Target) -> AsyncIterator[str]:
    """Read event by event, and raise what goes wrong."""
    async with answered(target) as answer:
        rest = ""
        async for piece in answer.aiter_text():
            *blocks, rest = (rest + piece).split("\n\n")
            for block in blocks:
                data = [line[6:] for line in block.split("\n") if line.startswith("data: ")]
                if "event: end" in block or data == ["[DONE]"]:
                    return
                if data and (text := text_of(json.loads("".join(data)))) is not None:
                    yield text
    raise ConnectionError("the stream ended early")


async def line_by_line(target: Target) -> AsyncIterator[str]:
    """Read line by line, and raise what goes wrong with a line without waiting for the end of its event."""
    async with answered(target) as answer:
        rest = ""
        async for piece in answer.aiter_text():
            *lines, rest = (rest + piece).split("\n")
            for line in lines:
                if line in ("event: end", "data: [DONE]"):
                    return
                if line.startswith("data: ") and (text := text_of(json.loads(line[6:]))) is not None:
                    yield text
    raise ConnectionError("the stream ended early")


@pytest.mark.parametrize("client", [whole_events, pytest.param(line_by_line, marks=pytest.mark.slow)])
@crossed("harm, cut", HARM, [*CUTS, *IN_CHUNKS], each=3)
def test_who_raises_has_met_it(harm: str, cut: str, client) -> None:
    """It read up to the bytes that do the harm, and no further."""
    if "bad_chunk" in harm and cut in IN_CHUNKS:
        pytest.skip("chunks of both kinds can't be")
    dialect = ("openai-chat", "eventsource")[(len(cut) + HARM.index(harm)) % 2]
    record = run(client, scenario(f"{harm}, {cut}", "", tokens=9, dialects=f'["{dialect}"]'), dialect=dialect)
    assert record.outcome == "failed-loudly", f"{dialect}, {cut}: {record.summary}"


@pytest.mark.parametrize("client", [whole_events, line_by_line])
@pytest.mark.parametrize("size", [1, 7])
def test_who_raises_has_met_it_in_a_body_that_comes_at_its_end(size: int, client) -> None:
    """All of it is one segment, in which only the coder knows what can be read where."""
    unflushed = f"{{ encode = {{ flush = 'end' }} }}, {{ fragment = {{ size = {size} }} }}"
    assert run(client, scenario(f"{HARM[3]}, {unflushed}", "")).outcome == "failed-loudly"


@pytest.mark.parametrize("cut", [*CUTS, *IN_CHUNKS])
def test_who_leaves_before_has_not(cut: str) -> None:
    """After five tokens, if what it takes for that is not in one piece with the harm."""
    drilled = scenario(f"{HARM[3]}, {cut}", "", tokens=9)
    if cut in (*CUTS[:4], IN_CHUNKS[0]):
        assert run(sinners.leaves_early, drilled, dialect="openai-chat").outcome == "not-tested"
    assert run(honest.restarts, drilled, dialect="openai-chat").outcome == "recovered"
