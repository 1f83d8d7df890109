"""Numbers and verdicts in corners where a good client could be failed, or a bad one passed; on the virtual clock."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import suppress
from dataclasses import replace

import httpx
import pytest

from broken_clients import honest
from broken_clients.again import again, texts
from broken_clients.line import DROPS, Refused, pieces, request
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.program.program_driver import Program
from ssedrill.loading.load import load_text
from ssedrill.model.record import Status
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

TOML = """
name = "corner"
about = "A corner."
dialects = ["eventsource", "anthropic-messages"]
patience = "2 s"
deadline = "100 s"
[stream]
tokens = 40
every = "5 ms"
[[attempt]]
faults = [{faults}]
{then}
[must]
{must}
"""
HEALTHY = "[[attempt]]"
HONEST = 'outcome = ["clean", "recovered", "degraded", "failed-loudly"]'


def corner(client, faults, *, must=HONEST, then=HEALTHY, dialect="eventsource"):
    """Drill a client, a function or a driver, with these faults on its first attempt."""
    scenario = load_text(TOML.format(faults=faults, then=then, must=must))
    driver = InProcess(client) if callable(client) else client
    record = drill(Job(scenario, Client("corner", driver, (dialect,)), dialect), clock="virtual")
    assert record.clock == "virtual"
    return record


def broken(record):
    """Return the ids of the broken checks."""
    return {check.id for check in record.checks if check.status is Status.BROKEN}


def resumes_after(pause_s, *, patience_s=None):
    """Return a client that asks for the rest by its cursor after a pause."""

    async def client(target):
        last = ""
        asked = target if patience_s is None else replace(target, patience_s=patience_s)

        async def rest():
            nonlocal last
            async for piece in pieces(asked, last_event_id=last):
                last = piece.id
                yield piece.text

        async for text in again(rest, lambda failure: pause_s):
            yield text

    return client


@pytest.mark.parametrize("door", ['{ refuse = { for = "1 s" } }', "{ close_on_accept = {} }"])
def test_waiting_before_a_closed_door_is_not_sitting_in_silence(door):
    """A client that backs off for four seconds, patience two, after it was turned away, kept its patience."""
    record = corner(resumes_after(4.0), door)
    assert (record.outcome, broken(record)) == ("recovered", set())
    assert record.numbers.longest_silence_s < 0.1


def test_a_mute_door_is_silence():
    """Who sits before a connection that never answers, for longer than it was told to, broke its patience."""
    record = corner(resumes_after(0.1, patience_s=9.0), "{ mute = {} }")
    assert broken(record) == {"patience"}
    assert record.numbers.longest_silence_s == 9.0


async def keeps_the_dead_connection(target):
    """Reads to the end, keeps its half of the connection, and resumes by its cursor after four seconds."""
    host, _, path = target.url.removeprefix("http://").partition("/")
    port = int(host.rpartition(":")[2])
    writers, last = [], ""
    for _ in range(4):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        cursor = f"Last-Event-ID: {last}\r\n" if last else ""
        writer.write(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n{cursor}\r\n".encode())
        while line := (await reader.readline()).decode().strip("\r"):
            line = line.strip()
            if line == "event: end":
                for old in writers:
                    old.close()
                return
            if line.startswith("id: "):
                last = line[4:]
            elif line.startswith("data: {") and (text := json.loads(line[6:]).get("text")):
                yield text
        await asyncio.sleep(4)


def test_what_follows_the_end_of_an_answer_is_not_silence():
    """After a half-close that a client has seen there is nothing more to be patient with."""
    record = corner(keeps_the_dead_connection, "{ half_close = { after_token = 12 } }")
    assert (record.outcome, broken(record)) == ("recovered", set())
    assert record.numbers.longest_silence_s < 0.1


async def moves_on_without_leaving(target):
    """Gives a stream up after 1.5 s of silence, asks for the rest by its cursor, and leaves the old one open."""
    last, left_open = "", []
    for _ in range(4):
        stream = pieces(replace(target, patience_s=60.0), last_event_id=last)
        left_open.append(stream)
        with suppress(StopAsyncIteration):
            while True:
                step = asyncio.ensure_future(anext(stream))
                done, _ = await asyncio.wait({step}, timeout=1.5)
                if not done:
                    left_open.append(step)
                    break
                last = step.result().id
                yield step.result().text
            continue
        return


def test_a_client_that_asks_again_sits_in_silence_no_more():
    """The old connection may stay open and silent: the client has reacted when it asked again."""
    record = corner(moves_on_without_leaving, "{ stall = { after_token = 12 } }")
    assert (record.outcome, broken(record)) == ("recovered", set())
    assert record.numbers.longest_silence_s == pytest.approx(1.5)


def test_silence_before_a_cut_is_silence():
    """A minute of nothing and then a FIN: a client without a timeout sat through the minute."""
    cut = '{ fin = { after_token = 12, after_idle = "60 s" } }'
    record = corner(resumes_after(0.1, patience_s=3600.0), cut)
    assert (record.outcome, broken(record)) == ("recovered", {"patience"})
    assert record.numbers.longest_silence_s == 60.0
    assert broken(corner(resumes_after(0.1), cut)) == set()


async def takes_eof_for_the_end(target):
    """Takes whatever ends the body for the end of the answer."""
    with suppress(*DROPS):
        async for text in texts(target):
            yield text


def test_a_scenario_that_names_no_outcome_wants_an_honest_one():
    """A silent truncation never passes, whatever a scenario asks besides; an honest error does."""
    cut, must = "{ clean_end = { after_token = 12 } }", 'recovery = "<= 2 s"'
    lies = corner(takes_eof_for_the_end, cut, must=must)
    assert (lies.outcome, lies.verdict, broken(lies)) == ("truncated-silently", "fail", {"outcome"})
    assert corner(honest.raises, cut, must=must).verdict == "pass"


def waits(seconds):
    """Return a client that waits so long after a refusal."""

    async def client(target):
        async for text in again(lambda: texts(target), lambda refused: seconds, after=Refused):
            yield text

    return client


def test_a_wait_counts_from_when_the_client_could_know_of_it():
    """A 429 whose head is held back for a second asks for its two seconds from then on."""
    late = '{ status = { code = 429, retry_after = "2 s" } }, { delay = { before = "headers", for = "1 s" } }'
    must = 'retry_after = "kept"\noverslept = "<= 1 s"\n' + HONEST
    assert broken(corner(waits(2.0), late, must=must)) == set()
    assert broken(corner(waits(1.0), late, must=must)) == {"retry_after"}
    assert broken(corner(waits(3.5), late, must=must)) == {"overslept"}


@pytest.mark.parametrize("for_", ["", ', for = "60 s"'])
def test_the_gap_begins_when_the_client_leaves(for_):
    """Who gives up a stalled stream and asks again at once has left no gap, however long the stall was to last."""
    stall = "{ stall = { after_token = 12" + for_ + " } }"
    must = 'gap = ">= 1 s"\n' + HONEST
    at_once = corner(resumes_after(0.0), stall, must=must)
    assert (at_once.numbers.gaps_s, broken(at_once)) == ([0.0], {"gap"})
    assert corner(resumes_after(1.5), stall, must=must).numbers.gaps_s == [1.5]


CLAIMS_EARLY = r"""
import json, os, urllib.request
count = 0
for line in urllib.request.urlopen(os.environ["SSEDRILL_URL"]):
    if line.startswith(b"data: {"):
        text = json.loads(line[6:]).get("text")
        if text:
            print(json.dumps({"text": text}), flush=True)
            count += 1
    if count == 28:
        print('{"done": true}', flush=True)
        count += 1
"""


def test_what_is_shown_after_the_claim_was_missing_at_the_claim(tmp_path):
    """A program that says "done" after 28 of 40 tokens has cut the answer short, whatever it prints then."""
    script = tmp_path / "early.py"
    script.write_text(CLAIMS_EARLY)
    record = corner(Program(["python3", str(script)]), "{ pace = { every = '6 ms' } }")
    assert (record.outcome, record.numbers.lost, record.numbers.duplicates) == ("truncated-silently", 12, 0)
    assert "29-40" in record.summary


async def knocks_for_ever(target):
    """Asks again at once after every failure, without a limit."""
    async for text in again(lambda: texts(target), lambda failure: 0.01, times=itertools.count()):
        yield text


def test_a_client_that_loops_at_the_door_is_looping():
    """Connections that are closed at the door count as tries, though no request was ever read."""
    record = corner(knocks_for_ever, "{ close_on_accept = {} }", then="")
    assert (record.outcome, record.numbers.requests) == ("looping", 0)
    assert "deadline" not in record.summary


async def asks_twice(target):
    """Makes the same request twice, one after the other, and shows the second answer."""
    whole = [text async for text in texts(target)]
    assert whole
    async for text in texts(target):
        yield text


async def does_not_stream(target):
    """Asks for the whole answer at once."""
    async with httpx.AsyncClient(timeout=target.patience_s) as http:
        asked = request(target)
        asked["json"]["stream"] = False
        answer = await http.request(**asked)
        yield answer.json()["content"][0]["text"]


def test_nothing_is_recovered_from_where_nothing_failed():
    """Two good answers are one too many, but no recovery; an answer that was never streamed is a degraded one."""
    twice = corner(asks_twice, "")
    assert (twice.outcome, twice.recovered_by) == ("clean", None)
    assert (twice.numbers.requests, twice.numbers.wasted_tokens) == (2, 40)
    assert "2 requests" in twice.summary
    whole = corner(does_not_stream, "", dialect="anthropic-messages")
    assert whole.outcome == "degraded"
    assert "failure" not in whole.summary


def test_each_of_two_stalls_is_measured():
    """A fault that strikes twice in one attempt is met twice; the worse recovery is told."""
    record = corner(
        resumes_after(0.5),
        '{ stall = { after_token = 12, for = "1 s" } }, { stall = { after_token = 20, for = "30 s" } }',
    )
    assert record.outcome == "recovered"
    took = record.numbers.recovery.total_s
    assert took == pytest.approx(2.5, abs=0.02)  # patience and pause, after the second stall


async def falls_back_and_continues(target):
    """Streams, and after a drop asks for the rest in one piece."""
    partial = ""
    try:
        async for piece in pieces(target):
            partial += piece.text
            yield piece.text
    except DROPS:
        async with httpx.AsyncClient(timeout=target.patience_s) as http:
            asked = request(target, partial=partial)
            asked["json"]["stream"] = False
            yield (await http.request(**asked)).json()["content"][0]["text"]


def test_the_rest_in_one_piece_wastes_nothing():
    """Twelve tokens streamed and twenty-eight in one piece make forty: none was produced twice."""
    record = corner(falls_back_and_continues, "{ reset = { after_token = 12 } }", dialect="anthropic-messages")
    assert (record.outcome, record.numbers.wasted_tokens, record.numbers.lost) == ("degraded", 0, 0)


async def starts_over_and_skips(target):
    """Begins anew after a drop and shows only what it had not shown."""
    shown = 0

    async def rest():
        nonlocal shown
        skip = shown
        async for piece in pieces(target):
            if skip:
                skip -= 1
                continue
            shown += 1
            yield piece.text

    async for text in again(rest):
        yield text


def test_how_a_client_got_over_its_drop_is_told_by_what_it_did():
    """A client that begins anew and skips what it had shown did not hold its text back."""
    same = TOML.replace('every = "5 ms"', 'every = "5 ms"\nregenerate = "same"')
    scenario = load_text(same.format(faults="{ reset = { after_token = 12 } }", then=HEALTHY, must=HONEST))
    client = Client("corner", InProcess(starts_over_and_skips), ("eventsource",))
    record = drill(Job(scenario, client, "eventsource"), clock="virtual")
    assert (record.outcome, record.recovered_by, record.numbers.withdrawn) == ("recovered", "restarted", 0)
    assert "held" not in record.summary
    assert "0 tokens" not in record.summary


async def resumes_then_restarts(target):
    """Asks for the rest by its cursor once, and begins anew after the second drop."""
    last = ""
    try:
        async for piece in pieces(target):
            last = piece.id
            yield piece.text
    except DROPS:
        try:
            async for piece in pieces(target, last_event_id=last):
                yield piece.text
        except DROPS:
            target.restart()
            async for piece in pieces(target):
                yield piece.text


def test_the_last_way_counts():
    """Resumed, dropped again, and started over: what it was left with comes of the restart."""
    drop = "[[attempt]]\nfaults = [{ reset = { after_token = 24 } }]\n[[attempt]]"
    record = corner(resumes_then_restarts, "{ reset = { after_token = 12 } }", then=drop)
    assert (record.outcome, record.recovered_by, record.numbers.withdrawn) == ("recovered", "restarted", 24)
