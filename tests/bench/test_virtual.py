"""What waiting costs on the virtual clock: the whole catalogue, runs a second, and programs in other languages."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import httpx
import pytest

from bench.limits import Limits
from bench.tables import Table, ratio
from ssedrill.clients import CLIENTS
from ssedrill.clients.tls import default_context
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.program.program_driver import Program
from ssedrill.drivers.target import Target
from ssedrill.loading.load import builtin_scenarios, load_text
from ssedrill.model.record import Outcome
from ssedrill.model.scenario import Scenario
from ssedrill.running.job import Job
from ssedrill.running.jobs import plan_jobs, run_jobs
from ssedrill.running.one_run import drill

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

WORKERS = 2
ROUNDS, RUNS, REAL_RUNS = 5, 40, 20
AS_REAL = 2.0
"""A run takes at most so many times the processor time of one on the real clock in which nothing has to be waited
for."""
AS_SINGLE = 8
"""The catalogue takes at most so many times what the start of its processes and as many runs of one cell would."""
AS_BARE = 15
"""A run of a program takes at most so many times the bare start and end of it, with eleven minutes of waiting."""

SHORT = """
name = "short"
about = "{about}"
dialects = ["eventsource", "anthropic-messages"]
patience = "90 s"
deadline = "1 h"
[stream]
tokens = {tokens}
every = "{every}"
{attempts}
[[attempt]]
[must]
outcome = ["clean", "recovered"]
"""
REFUSED = "[[attempt]]\nfaults = [{ status = { code = 429, retry_after = '60 s' } }]"


def scenario(attempts: str, about: str, tokens: int = 5, every: str = "50 ms") -> Scenario:
    """Return a scenario with a short answer and long waits."""
    return load_text(SHORT.format(attempts=attempts, about=about, tokens=tokens, every=every))


LIMITED = scenario(REFUSED, "A 429 with a Retry-After of 60 s; then all is well.")
AT_ONCE = scenario("", "All is well, and quick.", every="1 ms")
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
    (found,) = (client for client in CLIENTS.values() if client.name == name)
    return found


def retries(client: Client) -> bool:
    """Tell whether a client asks again after a 429."""
    return drill(Job(LIMITED, client, client.dialects[0]), clock="virtual").outcome is Outcome.RECOVERED


def own(function: Any, dialects: tuple[str, ...] = ("eventsource",)) -> Client:
    """Return a client made of a function of this file."""
    return Client(function.__name__, InProcess(function), dialects)


RATES = [
    ("httpx, waiting as told", own(httpx_waits)),
    ("aiohttp, waiting as told", own(aiohttp_waits)),
    ("aiohttp-plain, built in", builtin("aiohttp-plain")),
    ("anthropic, built in", builtin("anthropic")),
    ("anthropic-sync, built in", builtin("anthropic-sync")),
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


def measured(job: Job) -> tuple[list[float], list[float], list[float]]:
    """Return, for each round, the runs a second, the seconds of processor time that a run takes, and their ratio.

    The ratio is to a run of the same client on the real clock in which nothing has to be waited for.
    """
    rates, busy, ratios = [], [], []
    quick = replace(job, scenario=AT_ONCE)
    for turn in range(ROUNDS + 1):
        began, used = time.perf_counter(), time.process_time()
        records = run_jobs([job] * RUNS, clock="virtual")
        used, took = time.process_time() - used, time.perf_counter() - began
        for record in records:
            assert record.clock == "virtual"
            assert record.outcome in (Outcome.CLEAN, Outcome.RECOVERED), record.summary
            assert record.numbers.elapsed_s > 60
        real = time.process_time()
        assert {record.outcome for record in run_jobs([quick] * REAL_RUNS, clock="real")} == {Outcome.CLEAN}
        real = time.process_time() - real
        if turn:  # the first round imports and warms up
            rates.append(RUNS / took)
            busy.append(used / RUNS)
            ratios.append((used / RUNS) / (real / REAL_RUNS))
    return rates, busy, ratios


def test_runs_a_second(publish: Callable[[Table], None], limits: Limits) -> None:
    """A run with a minute of waiting in it takes milliseconds: about as much work as one without."""
    rows = []
    for title, client in RATES:
        cells = []
        for drilled in (SLOW, LIMITED):
            if drilled is LIMITED and not retries(client):
                cells += ["it does not retry", ""]
                continue
            with one_core():
                rates, busy, ratios = measured(Job(drilled, client, client.dialects[0]))
            cells += [f"{median(rates):.0f} ({min(rates):.0f}..{max(rates):.0f})", f"{1e3 * median(busy):.1f} ms"]
            if drilled is SLOW:
                cells.append(ratio(ratios))
                limits.at_most(f"processor time of a run of {title}", ratios, AS_REAL)
        rows.append((title, *cells))
    publish(
        Table(
            "Runs a second on the virtual clock, one core",
            "Each waits for a minute: in the midst of the only answer, or between a 429 with Retry-After 60 s and "
            "the answer to a second request. A run is all from scenario to verdict: a server on a port of its own, "
            "a new client, its requests over loopback, both journals, the checks. "
            "The ratio is to a run without waiting on the real clock. "
            f"Median (min..max) of {ROUNDS} rounds of {RUNS} runs.",
            (
                "client",
                "one request: runs a second",
                "processor time",
                "ratio",
                "two requests: runs a second",
                "processor time",
            ),
            tuple(rows),
        )
    )


IMPORT_ALL = "from ssedrill.clients import CLIENTS\nfor client in CLIENTS.values(): client.driver.probe()"


def started_s() -> float:
    """Return how long it takes so many processes at once to start and to import the clients' libraries."""
    began = time.perf_counter()
    processes = [subprocess.Popen([sys.executable, "-c", IMPORT_ALL]) for _ in range(WORKERS)]
    assert [process.wait() for process in processes] == [0] * WORKERS
    return time.perf_counter() - began


def test_the_whole_catalogue(publish: Callable[[Table], None], limits: Limits) -> None:
    """Every scenario with every in-process client and dialect: hours of waiting in seconds."""
    scenarios = builtin_scenarios()
    clients = [client for client in CLIENTS.values() if client.driver.kind == "in-process"]
    jobs = plan_jobs(scenarios, clients)
    began = time.perf_counter()
    records = run_jobs(jobs, clock="virtual", workers=WORKERS)
    took = time.perf_counter() - began
    one = Job(SLOW, RATES[0][1], "eventsource")
    run_jobs([one] * RUNS, clock="virtual")  # warms up
    began = time.perf_counter()
    run_jobs([one] * RUNS, clock="virtual")
    single = (time.perf_counter() - began) / RUNS
    ratios = [took / (started_s() + len(jobs) * single / WORKERS)]
    assert {record.clock for record in records if record.outcome is not Outcome.UNSUPPORTED} == {"virtual"}
    assert len(records) == len(jobs)
    hours = sum(record.numbers.elapsed_s for record in records) / 3600
    publish(
        Table(
            f"The whole catalogue on the virtual clock, {WORKERS} processes",
            f"{len(scenarios)} scenarios, {len(clients)} in-process clients, every dialect that both speak; "
            "the start of the processes and the import of the clients' libraries are part of it. The ratio is to "
            f"that start and as many runs of one client ({RATES[0][0]}) through a minute of silence.",
            ("runs", "scenario time", "took", "times faster", "ratio"),
            (
                (
                    str(len(records)),
                    f"{hours:.1f} h",
                    f"{took:.1f} s",
                    f"{hours * 3600 / took:,.0f}",
                    f"x{ratios[0]:.2f}",
                ),
            ),
        )
    )
    limits.at_most("the whole catalogue", ratios, AS_SINGLE)


PROGRAMS = [
    ("Node, fetch", Program(["node", str(Path(__file__).with_name("patient.mjs"))]), ["node", "-e", "0"]),
    ("curl --retry 2", Program(["curl", "-sSN", "--fail", "--retry", "2", "{url}"], "raw"), ["curl", "--version"]),
]
"""Title, the program, and how it is started to do nothing."""


@pytest.mark.skipif(why_not_preloadable([sys.executable]) is not None, reason="no virtual programs")
def test_programs(publish: Callable[[Table], None], limits: Limits) -> None:
    """Eleven minutes of waiting in a program take a few times its bare start."""
    rows = []
    for title, driver, bare in PROGRAMS:
        if shutil.which(title.split(",")[0].split()[0].lower()) is None:
            continue
        job = Job(ELEVEN_MINUTES, Client("program", driver, ("eventsource",)), "eventsource")
        drill(job, clock="virtual")  # the first may have to build the library
        took, ratios = [], []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            record = drill(job, clock="virtual")
            took.append(time.perf_counter() - began)
            began = time.perf_counter()
            subprocess.run(bare, stdout=subprocess.DEVNULL, check=True)
            ratios.append(took[-1] / (time.perf_counter() - began))
            assert (record.clock, record.outcome) == ("virtual", Outcome.RECOVERED), record.summary
            assert 660.9 < record.numbers.elapsed_s < 662
        seconds = f"{median(took):.2f} s ({min(took):.2f}..{max(took):.2f})"
        rows.append((title, f"{record.numbers.elapsed_s:.0f} s", seconds, ratio(ratios)))
        limits.at_most(f"a run of {title}", ratios, AS_BARE)
    publish(
        Table(
            "Programs on the virtual clock",
            "A 429 with Retry-After 60 s, a 503 with Retry-After 600 s, then an answer of 20 tokens. "
            "From scenario to verdict, the program's start included; the ratio is to starting and ending the program "
            f"alone. Median (min..max) of {ROUNDS} interleaved runs.",
            ("program", "scenario time", "took", "ratio"),
            tuple(rows),
        )
    )
