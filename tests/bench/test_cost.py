"""What a run costs beside the client's own call."""

from __future__ import annotations

import time
from asyncio import selector_events
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from bench.bare import Rhythm, call, steps
from bench.limits import Limits
from bench.tables import Table, ratio
from ssedrill.clients import CLIENTS
from ssedrill.clock.choose import ClockWish
from ssedrill.loading.load import builtin_scenarios
from ssedrill.model.record import Outcome
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS, WARM_UP = 60, 5
AT_MOST = {"anthropic": 1.3, "httpx-sse": 1.6, "openai": 1.3}
"""By client: the drill's processor time, to that of the same call in which each token is read by itself."""


def reads_in(run: Callable[[], object]) -> int:
    """Return how often a transport of asyncio's reads during a call, the server's reads included."""
    kind: Any = getattr(selector_events, "_SelectorSocketTransport")  # noqa: B009 - private
    original, count = kind._read_ready, 0

    def counted(transport: Any) -> None:
        nonlocal count
        count += 1
        original(transport)

    kind._read_ready = counted
    try:
        run()
    finally:
        kind._read_ready = original
    return count


def test_processor_time_of_a_run(publish: Callable[[Table], None], limits: Limits) -> None:
    """A drill takes little more processor time than the call itself against a server that does nothing else."""
    rows = []
    (healthy,) = (one for one in builtin_scenarios() if one.name == "healthy")
    for name, most in AT_MOST.items():
        client = CLIENTS[name]
        dialect = client.dialects[0]
        job = Job(healthy, client, dialect)
        written = steps(healthy, dialect)

        def drilled(clock: ClockWish, job: Job = job) -> None:
            assert drill(job, clock=clock).outcome is Outcome.CLEAN

        def called(rhythm: Rhythm, job: Job = job, written: Any = written) -> None:
            assert len(call(job.client, job.scenario, job.dialect, written, rhythm)) == job.scenario.stream.tokens

        kinds: dict[str, Callable[[], None]] = {
            "burst": lambda called=called: called(Rhythm.BURST),  # type: ignore[misc]
            "alone": lambda called=called: called(Rhythm.ALONE),  # type: ignore[misc]
            "virtual": lambda drilled=drilled: drilled("virtual"),  # type: ignore[misc]
            "paced": lambda called=called: called(Rhythm.PACED),  # type: ignore[misc]
            "real": lambda drilled=drilled: drilled("real"),  # type: ignore[misc]
        }
        used: dict[str, list[float]] = {kind: [] for kind in kinds}
        for turn in range(WARM_UP + ROUNDS):
            for kind, run in kinds.items():
                began = time.process_time()
                run()
                if turn >= WARM_UP:
                    used[kind].append(time.process_time() - began)
        reads = {kind: reads_in(kinds[kind]) for kind in ("alone", "virtual")}
        limits.exactly(f"reads of {name} in the bare call", reads["alone"], reads["virtual"])

        def ratios(kind: str, to: str, used: dict[str, list[float]] = used) -> list[float]:
            return [ours / its for ours, its in zip(used[kind], used[to], strict=True)]

        limits.at_most(f"processor time of a drill of {name}, to its call alone", ratios("virtual", "alone"), most)
        rows.append(
            (
                f"{name}, {dialect}",
                *(f"{1e3 * median(used[kind]):.1f} ms" for kind in ("virtual", "alone")),
                ratio(ratios("virtual", "alone")),
                ratio(ratios("virtual", "burst")),
                ratio(ratios("virtual", "paced")),
                ratio(ratios("real", "paced")),
            )
        )
    publish(
        Table(
            "Processor time of a run beside the client's own call",
            "The healthy scenario of 40 tokens, from scenario to verdict, and the same client function in the same "
            "process against a bare asyncio protocol that writes the same segments. What is compared: a drill on the "
            "virtual clock to a call in which each token is read by itself, as in the drill, and nothing waited for; "
            "to one in which all is written at once; to one in real time, 5 ms apart; and a drill on the real clock "
            f"to the latter. Median (min..max) of {ROUNDS} interleaved rounds.",
            ("client", "drill", "its call, each token alone", "ratio", "to a burst", "to real time", "real to real"),
            tuple(rows),
        )
    )
