"""What waiting costs on the virtual clock: the whole catalogue, runs a second, and programs in other languages."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import httpx
import pytest

from bench.tables import Table
from ssedrill.clients import CLIENTS
from ssedrill.clients.tls import default_context
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.drivers.base import Client, Target
from ssedrill.drivers.in_process.driver import InProcess
from ssedrill.drivers.program.driver import Program
from ssedrill.loading.load import builtin_scenarios, load_text
from ssedrill.model.record import Outcome
from ssedrill.model.scenario import Scenario
from ssedrill.running.jobs import plan_jobs, run_jobs
from ssedrill.running.run import Job, drill

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

WORKERS = 2
CATALOGUE_S = 60
"""Our goal is 30 s on two cores; the rest is left to the noise of the machine. So it is with the bounds below."""
ROUNDS, RUNS = 5, 40
PROGRAM_S = 4

SHORT = """
name = "short"
about = "{about}"
dialects = ["eventsource", "anthropic-messages"]
patience = "{patience}"
deadline = "1 h"
[stream]
tokens = {tokens}
every = "50 ms"
{attempts}
[[attempt]]
[must]
outcome = ["clean", "recovered"]
"""
REFUSED = "[[attempt]]\nfaults = [{ status = { code = 429, retry_after = '60 s' } }]"


def scenario(attempts: str, about: str, tokens: int = 5, patience: str = "90 s") -> Scenario:
    """Return a scenario with a short answer and long waits."""
    return load_text(SHORT.format(attempts=attempts, about=about, tokens=tokens, patience=patience))


LIMITED = scenario(REFUSED, "A 429 with a Retry-After of 60 s; then all is well.")
SLOW = scenario("[[attempt]]\nfaults = [{ delay = { after_token = 2, for = '60 s' } }]", "A minute of silence.")
ELEVEN_MINUTES = scenario(
    f"{REFUSED}\n[[attempt]]\nfaults = [{{ status = {{ code = 503, retry_after = '600 s' }} }}]",
    "A 429 with a Retry-After of 60 s, a 503 with one of 600 s; then all is well.",
    tokens=20,
)


async def httpx_waits(target: Target) -> AsyncIterator[str]:
    """Ask again after as long as the answer says."""
    async with httpx.AsyncClient(verify=default_context(), timeout=target.patience_s) as http:
        while True:
            async with http.stream("GET", target.url) as answer:
                if answer.status_code == 200:
                    async for line in answer.aiter_lines():
                        if line.startswith("data: {") and (text := json.loads(line[6:]).get("text")):
                            yield text
                    return
                wait = float(answer.headers["retry-after"])
            await asyncio.sleep(wait)


async def aiohttp_waits(target: Target) -> AsyncIterator[str]:
    """Ask again after as long as the answer says."""
    async with aiohttp.ClientSession() as http:
        while True:
            async with http.get(target.url) as answer:
                if answer.status == 200:
                    async for line in answer.content:
                        if line.startswith(b"data: {") and (text := json.loads(line[6:]).get("text")):
                            yield text
                    return
                wait = float(answer.headers["retry-after"])
            await asyncio.sleep(wait)


def builtin(name: str) -> Client:
    """Return a built-in client."""
    (found,) = (client for client in CLIENTS if client.name == name)
    return found


def retries(client: Client) -> bool:
    """Tell whether a client asks again after a 429."""
    return drill(Job(LIMITED, client, client.dialects[0]), clock="virtual").outcome is Outcome.RECOVERED


def own(function: Any, dialects: tuple[str, ...] = ("eventsource",)) -> Client:
    """Return a client made of a function of this file."""
    return Client(function.__name__, InProcess(function), dialects)


RATES = [
    # title, client, runs of one request that a second of processor time has to be enough for
    ("httpx, waiting as told", own(httpx_waits), 60),
    ("aiohttp, waiting as told", own(aiohttp_waits), 110),
    ("aiohttp-plain, built in", builtin("aiohttp-plain"), 110),
    ("anthropic, built in", builtin("anthropic"), 50),
    ("anthropic-sync, built in", builtin("anthropic-sync"), 45),
]


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread, and what it starts, on one core where the system lets one choose."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def measured(job: Job) -> tuple[list[float], list[float]]:
    """Return, for each round, the runs a second and the seconds of processor time that a run takes."""
    rates, busy = [], []
    for turn in range(ROUNDS + 1):
        began, used = time.perf_counter(), time.process_time()
        records = run_jobs([job] * RUNS, clock="virtual")
        used, took = time.process_time() - used, time.perf_counter() - began
        for record in records:
            assert record.clock == "virtual"
            assert record.outcome in (Outcome.CLEAN, Outcome.RECOVERED), record.summary
            assert record.elapsed_s > 60
        if turn:  # the first round imports and warms up
            rates.append(RUNS / took)
            busy.append(used / RUNS)
    return rates, busy


def test_runs_a_second(publish: Callable[[Table], None]) -> None:
    """A run with a minute of waiting in it takes milliseconds."""
    rows, slow = [], []
    for title, client, least in RATES:
        cells = []
        for drilled in (SLOW, LIMITED):
            if drilled is LIMITED and not retries(client):
                cells += ["it does not retry", ""]
                continue
            with one_core():
                rates, busy = measured(Job(drilled, client, client.dialects[0]))
            cells += [f"{median(rates):.0f} ({min(rates):.0f}..{max(rates):.0f})", f"{1e3 * median(busy):.1f} ms"]
            if drilled is SLOW and least * median(busy) > 1:
                slow.append(title)
        rows.append((title, *cells))
    publish(
        Table(
            "Runs a second on the virtual clock, one core",
            "Each waits for a minute: in the midst of the only answer, or between a 429 with Retry-After 60 s and "
            "the answer to a second request. A run is all from scenario to verdict: a server on a port of its own, "
            "a new client, its requests over loopback, both journals, the checks. "
            f"Median (min..max) of {ROUNDS} rounds of {RUNS} runs.",
            (
                "client",
                "one request: runs a second",
                "processor time",
                "two requests: runs a second",
                "processor time",
            ),
            tuple(rows),
        )
    )
    assert slow == []


def test_the_whole_catalogue(publish: Callable[[Table], None]) -> None:
    """Every scenario with every in-process client and dialect: hours of waiting in seconds."""
    scenarios = builtin_scenarios()
    clients = [client for client in CLIENTS if client.driver.kind == "in-process"]
    jobs = plan_jobs(scenarios, clients)
    began = time.perf_counter()
    records = run_jobs(jobs, clock="virtual", workers=WORKERS)
    took = time.perf_counter() - began
    assert {record.clock for record in records} == {"virtual"}
    assert len(records) == len(jobs)
    hours = sum(record.elapsed_s for record in records) / 3600
    publish(
        Table(
            f"The whole catalogue on the virtual clock, {WORKERS} processes",
            f"{len(scenarios)} scenarios, {len(clients)} in-process clients, every dialect that both speak; "
            "the start of the processes and the import of the clients' libraries are part of it.",
            ("runs", "scenario time", "took", "times faster"),
            ((str(len(records)), f"{hours:.1f} h", f"{took:.1f} s", f"{hours * 3600 / took:,.0f}"),),
        )
    )
    assert took < CATALOGUE_S


PROGRAMS = [
    ("Node, fetch", Program(["node", str(Path(__file__).with_name("patient.mjs"))])),
    ("curl --retry 2", Program(["curl", "-sSN", "--fail", "--retry", "2", "{url}"], "raw")),
]


@pytest.mark.skipif(why_not_preloadable([sys.executable]) is not None, reason="no virtual programs")
def test_programs(publish: Callable[[Table], None]) -> None:
    """Eleven minutes of waiting in a program take less than two seconds."""
    rows, slow = [], []
    for title, driver in PROGRAMS:
        if shutil.which(title.split(",")[0].split()[0].lower()) is None:
            continue
        job = Job(ELEVEN_MINUTES, Client("program", driver, ("eventsource",)), "eventsource")
        drill(job, clock="virtual")  # the first may have to build the library
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            record = drill(job, clock="virtual")
            took.append(time.perf_counter() - began)
            assert (record.clock, record.outcome) == ("virtual", Outcome.RECOVERED), record.summary
            assert 660.9 < record.elapsed_s < 662
        rows.append((title, f"{record.elapsed_s:.0f} s", f"{median(took):.2f} s ({min(took):.2f}..{max(took):.2f})"))
        if median(took) > PROGRAM_S:
            slow.append(title)
    publish(
        Table(
            "Programs on the virtual clock",
            "A 429 with Retry-After 60 s, a 503 with Retry-After 600 s, then an answer of 20 tokens. "
            f"From scenario to verdict, the program's start included; median (min..max) of {ROUNDS} runs.",
            ("program", "scenario time", "took"),
            tuple(rows),
        )
    )
    assert slow == []
