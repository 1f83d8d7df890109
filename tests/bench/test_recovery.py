"""How near the measured recovery time comes to a stopwatch inside the client, on the real clock."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from statistics import median

import pytest

from bench.limits import Limits
from bench.tables import Table, ratio
from broken_clients import honest
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.target import Target
from ssedrill.loading.load import load_text
from ssedrill.model.record import Outcome
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

ROUNDS = 9
AFTER_TOKEN = 12
NEAR = 0.025
"""As a share of the time measured: 5 ms of the 200 ms that the client waits."""
SCENARIO = load_text(
    f"""
name = "recovery"
about = "A reset, and a client that waits for 200 ms."
dialects = ["eventsource"]
patience = "3 s"
deadline = "60 s"
[stream]
tokens = 40
every = "2 ms"
[[attempt]]
faults = [{{ reset = {{ after_token = {AFTER_TOKEN} }} }}]
[[attempt]]
[must]
outcome = ["recovered"]
""",
    "recovery.toml",
)


def test_recovery_time(publish: Callable[[Table], None], limits: Limits) -> None:
    """The harness and the client's own stopwatch agree to a fortieth of what they measure."""
    moments: list[float] = []

    async def timed(target: Target) -> AsyncIterator[str]:
        async for text in honest.resumes(target):
            moments.append(time.monotonic())
            yield text

    client = Client("timed", InProcess(timed), ("eventsource",))
    ratios, late = [], []
    for _ in range(ROUNDS):
        moments.clear()
        record = drill(Job(SCENARIO, client, "eventsource"), clock="real")
        assert record.outcome is Outcome.RECOVERED
        assert record.numbers.recovery.total_s is not None
        own = moments[AFTER_TOKEN] - moments[AFTER_TOKEN - 1]
        ratios.append(record.numbers.recovery.total_s / own)
        late.append(record.numbers.recovery.total_s - own)
    limits.at_most("the recovery time, to the client's own", ratios, 1 + NEAR)
    limits.at_least("the recovery time, to the client's own", ratios, 1 - NEAR)
    publish(
        Table(
            "Recovery time on the real clock",
            "Measured from the wire to the application, beside a stopwatch inside the client; "
            f"median (min..max) of {ROUNDS} runs of 200 ms.",
            ("to the client's own", "difference"),
            ((ratio(ratios), f"{median(late) * 1e3:+.2f} ms ({min(late) * 1e3:+.2f}..{max(late) * 1e3:+.2f})"),),
        )
    )
