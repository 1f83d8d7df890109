"""The four figures of the virtual clock, together: how fast, at what cost, how right, and how steady."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from statistics import median

import pytest

from bench.limits import Limits
from bench.tables import Table
from ssedrill.clients import CLIENTS
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.program.program_driver import Program
from ssedrill.loading.choose import find
from ssedrill.loading.load import load_text
from ssedrill.reporting.formats.to_json import fingerprint
from ssedrill.running.job import Job
from ssedrill.running.jobs import plan_jobs
from ssedrill.running.one_run import drill
from support.hogs import hogs
from support.panel import PROGRAMS, SCRIPTS, WAITING, as_a_program, drilled, in_process, judged, right
from support.scripted import expected

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

MIX = ("reset-mid-stream", "overloaded-529-twice", "stall-mid-stream", "connection-refused-then-up")
MIX_CLIENTS = ("reference", "httpx-sse", "anthropic", "openai-sync")
ROUNDS, REPEATS = 3, 20
JUMPS = 2000
FASTER = 5
"""The mix takes at most a fifth of its real time; most of what is left is work, not waiting."""
AS_TURN = {"async": 20, "blocking": 60, "program": 600}
"""A jump costs at most so many times a bare turn of asyncio's loop."""
EXACT_S = 0.001

HEALTHY = load_text(
    """
name = "healthy"
about = "All is well; the client is slow to ask."
dialects = ["eventsource"]
patience = "30 s"
deadline = "1 h"
[stream]
tokens = 5
every = "1 ms"
[[attempt]]
[must]
outcome = ["clean"]
"""
)
NAP_S = 0.01
PROGRAM = "import sys, time\nfor _ in range({count}): time.sleep({nap})\nprint(end='')"


def mix() -> list[Job]:
    """Return the cells that speed and steadiness are measured with: resets, back-off, silence, a shut door."""
    clients = [client for client in CLIENTS.values() if client.name in MIX_CLIENTS]
    assert len(clients) == len(MIX_CLIENTS)
    return plan_jobs(find(MIX), clients)


def speed(jobs: Sequence[Job]) -> tuple[list[float], float, float]:
    """Return how many times faster the mix is on the virtual clock, and the seconds that it takes on each."""
    ratios, quick, slow = [], [], []
    for turn in range(ROUNDS + 1):
        began = time.perf_counter()
        for job in jobs:
            assert drill(job, clock="virtual").clock == "virtual"
        quick.append(time.perf_counter() - began)
        if not turn:  # imports and warms up
            quick.clear()
            continue
        began = time.perf_counter()
        for job in jobs:
            drill(job, clock="real")
        slow.append(time.perf_counter() - began)
        ratios.append(slow[-1] / quick[-1])
    return ratios, median(quick), median(slow)


def sleepers(count: int) -> dict[str, Client]:
    """Return clients that sleep so often, each time for the clock to jump."""

    async def turning(target):
        for _ in range(count):
            await asyncio.sleep(NAP_S)
        yield ""

    def blocking(target):
        for _ in range(count):
            time.sleep(NAP_S)
        yield ""

    found = {
        "async": Client("sleeps", InProcess(turning), ("eventsource",)),
        "blocking": Client("sleeps", InProcess(blocking), ("eventsource",)),
    }
    if why_not_preloadable([sys.executable]) is None:
        code = PROGRAM.format(count=count, nap=NAP_S)
        found["program"] = Client("sleeps", Program([sys.executable, "-c", code], "raw"), ("eventsource",))
    return found


def turn_s() -> float:
    """Return how long a turn of asyncio's own loop takes."""

    async def turns() -> float:
        began = time.perf_counter()
        for _ in range(10 * JUMPS):
            await asyncio.sleep(0)
        return time.perf_counter() - began

    return asyncio.run(turns()) / (10 * JUMPS)


def jumps(kind: str) -> tuple[float, float]:
    """Return the seconds that a jump of the clock takes, and how many turns of a bare loop that is; the median."""
    each, ratios = [], []
    for _ in range(ROUNDS):
        took = []
        for count in (0, JUMPS):
            job = Job(HEALTHY, sleepers(count)[kind], "eventsource")
            began = time.perf_counter()
            record = drill(job, clock="virtual")
            took.append(time.perf_counter() - began)
            assert (record.clock, record.numbers.elapsed_s >= count * NAP_S) == ("virtual", True), record.notes
        each.append(max(0.0, took[1] - took[0]) / JUMPS)
        ratios.append(each[-1] / turn_s())
    return median(each), median(ratios)


def truth() -> tuple[int, int, float]:
    """Return how many scripted clients were judged, how many of them wrongly, and the worst error of a recovery."""
    wrong, worst = 0, 0.0
    subjects = [(script, in_process(script)) for script in [*SCRIPTS, *WAITING]]
    if why_not_preloadable([sys.executable]) is None:
        subjects += [(script, as_a_program(script)) for script in PROGRAMS]
    for script, client in subjects:
        record = drilled(script, client)
        wrong += judged(record) != right(script)
        known, found = expected(script).recovery_s, record.numbers.recovery.total_s
        if known is not None and found is not None and expected(script).outcome != "not-tested":
            worst = max(worst, abs(found - known))
    return len(subjects), wrong, worst


def records(jobs: Sequence[Job]) -> dict[tuple[str, str, str], set[str]]:
    """Return the distinct records of each cell in REPEATS runs."""
    found = defaultdict(set)
    for _ in range(REPEATS):
        for job in jobs:
            record = drill(replace(job, seed=1), clock="virtual")
            found[record.scenario, record.client, record.dialect].add(fingerprint(record))
    return found


def test_the_four_figures(publish: Callable[[Table], None], limits: Limits) -> None:
    """The clock is quick, its jumps are cheap, its numbers are right, and one seed gives one record."""
    jobs = mix()
    ratios, quick, slow = speed(jobs)
    limits.at_least("the mix on the virtual clock", ratios, FASTER)
    one_jump = {kind: jumps(kind) for kind in sleepers(0)}
    for kind, (_, turns) in one_jump.items():
        limits.at_most(f"a jump, {kind}", [turns], AS_TURN[kind])
    count, wrong, worst = truth()
    limits.exactly("scripted clients judged wrongly", wrong, 0)
    limits.at_most("the worst error of a recovery time, to a millisecond", [worst / EXACT_S], 1)
    steady = {}
    for load, busy in (("idle", nullcontext), ("beside busy processes", hogs)):
        with busy():
            found = records(jobs)
        steady[load] = sum(map(len, found.values()))
        limits.exactly(f"distinct records, {load}", steady[load], len(found))
    cells, cost = len(jobs), ", ".join(f"{1e6 * each:.0f} us ({kind})" for kind, (each, _) in one_jump.items())
    publish(
        Table(
            "The virtual clock in four figures",
            f"The mix is {', '.join(MIX)} with {', '.join(MIX_CLIENTS)}, every dialect that both speak: {cells} "
            f"cells. A jump is measured by a client that sleeps {JUMPS} times. The scripted clients are those whose "
            "behaviour, and so every count and the recovery time, is known by construction. "
            f"Median of {ROUNDS} interleaved rounds; {os.cpu_count()} busy processes.",
            ("figure", "measured"),
            (
                ("speed-up of the mix", f"x{median(ratios):.1f} ({slow:.1f} s in {quick:.1f} s)"),
                ("runs of the mix a second, one after the other", f"{cells / quick:.0f}"),
                ("a jump", cost),
                ("worst error of a recovery time against the scripted truth", f"{1e3 * worst:.3f} ms"),
                ("scripted clients judged wrongly", f"{wrong} of {count}"),
                *(
                    (f"distinct records in {REPEATS} runs of each cell, {load}", f"{found} of {cells} cells")
                    for load, found in steady.items()
                ),
            ),
        )
    )
