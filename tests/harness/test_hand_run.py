"""A run that somebody else drives comes to the same as a run of a client, and can be judged on the way."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from broken_clients import honest, sinners
from ssedrill.clock.fate import Done, NeedsRealClock
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from ssedrill.drivers.by_hand import driven_by_hand
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.function_call import FunctionCall
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.choose import find
from ssedrill.loading.load import load_document
from ssedrill.model.record import Outcome, Record, Verdict
from ssedrill.running.hand_run import HandRun, NoMoreCalls
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

ALIKE = ["healthy", "reset-mid-stream", "clean-end-without-terminal", "keepalive-only", "connection-refused-then-up"]
"""Of no fault, of a reset, of an end that lies, of a server that holds on for ever, and of a door."""


def by_hand(job: Job, function) -> tuple[Record, Record]:
    """Drive a client function on a virtual clock; return what is said of it before the run is closed, and after."""
    clock = VirtualClock(seed=job.seed)

    async def main() -> tuple[Record, Record]:
        run = HandRun(job, clock)
        call = run.begin_call()
        hosted = asyncio.ensure_future(clock.in_loop(FunctionCall(function, call.target).run_async))
        await asyncio.wait({hosted})
        on_the_way = run.record()
        await run.close()
        return on_the_way, run.record()

    fate = clock.run(main)
    for _ in range(3):  # as one_run does: on a busy machine it may have been the machine
        if isinstance(fate, NeedsRealClock):
            clock = VirtualClock(seed=job.seed)
            fate = clock.run(main)
    assert isinstance(fate, Done), fate
    return fate.value


def said(record: Record) -> tuple[object, ...]:
    """Return what two records of the same must have in common."""
    return record.outcome, record.verdict, record.summary, record.checks, record.numbers, record.shown


@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize("function", [honest.restarts, sinners.takes_eof_for_the_end], ids=lambda one: one.__name__)
def test_it_comes_to_the_same(name, function):
    """Numbers, checks and verdict are those of a run of the client."""
    (scenario,) = find([name])
    job = Job(scenario, Client("subject", InProcess(function), ("eventsource",)), "eventsource")
    on_the_way, closed = by_hand(replace(job, client=driven_by_hand("subject", in_process=True)), function)
    whole = drill(job)
    assert whole.clock == "virtual"
    assert said(closed) == said(whole)
    assert said(on_the_way) == said(whole)


def made(**document: object) -> Job:
    """Return a job of a scenario that is made here."""
    head = {"name": "made", "about": "Made.", "dialects": ["eventsource"], "must": {"outcome": ["clean"]}}
    scenario = load_document({**head, "attempt": [{}], **document}, "made")
    return Job(scenario, driven_by_hand("subject", in_process=False), "eventsource")


def test_what_nobody_tells_proves_nothing():
    """No call, no text, no end: each is said; and there are no more calls than the scenario has."""

    async def main() -> None:
        run = HandRun(made(), RealClock())
        assert run.record().summary == "proves nothing: no request came"
        call = run.begin_call()
        async with httpx.AsyncClient(trust_env=False) as http:
            lines = (await http.get(run.url)).text.splitlines()
        assert run.record().summary == "proves nothing: nothing was told of what the client showed"
        call.target.sink.add("text", "".join(json.loads(line[6:])["text"] for line in lines if "text" in line))
        assert run.record().summary == "proves nothing: nothing was told of how the call ended"
        assert run.record(complete_t=run.t()).outcome.is_tested
        assert run.record().verdict is Verdict.NOT_TESTED
        with pytest.raises(NoMoreCalls, match="made has one call, which has begun already"):
            run.begin_call()
        run.end_call(call)
        run.end_call(call)
        await run.close()
        await run.close()

    RealClock().run(main)


def test_who_does_not_end_is_hung_up_on():
    """At its deadline a call is over, nothing told later counts, and nobody listens any more."""
    told: list[bool] = []

    async def main() -> Record:
        job = made(patience="50 ms", deadline="100 ms", stream={"every": "1 ms"})
        run = HandRun(job, RealClock(), hung_up=lambda: told.append(True))
        call = run.begin_call()
        port = int(run.url.split(":")[2].split("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()
        assert not call.target.sink.add("text", "late")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await run.close()
        return run.record()

    fate = RealClock().run(main)
    assert told == [True]
    assert isinstance(fate, Done)
    assert fate.value.tokens.stopped
    assert fate.value.outcome is Outcome.NOT_TESTED
