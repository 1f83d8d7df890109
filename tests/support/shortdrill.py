"""Short drills of scripted clients over a small stream, for tests of what counts."""

from __future__ import annotations

import pytest

from broken_clients.again import texts
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.target import Target
from ssedrill.loading.load import load_text
from ssedrill.model.record import Record, Status
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

CLOCKS = pytest.mark.parametrize("clock", ["virtual", "real"])
HONEST = 'outcome = ["clean", "recovered", "degraded", "failed-loudly"]'
RESET = "{ reset = { after_token = 8 } }"
BUSY = "{ status = { code = 503 } }"


def scenario(
    *attempts: str,
    must: str = HONEST,
    stream: str = "",
    tokens: int = 20,
    every: str = "10 ms",
    dialects: str = '"all"',
):
    """Return a short scenario whose attempts meet these faults; the last rule holds for all later ones."""
    rules = "\n".join(f"[[attempt]]\nfaults = [{faults}]" for faults in attempts)
    head = f'name = "counts"\nabout = "What counts."\ndialects = {dialects}\npatience = "2 s"\ndeadline = "20 s"'
    text = f'{head}\n[stream]\ntokens = {tokens}\nevery = "{every}"\n{stream}\n{rules}\n[must]\n{must}\n'
    return load_text(text, "counts.toml")


def run(client, drilled, clock: str = "virtual", dialect: str = "eventsource") -> Record:
    """Drill a client, a function or a driver."""
    driver = InProcess(client) if callable(client) else client
    return drill(Job(drilled, Client("subject", driver, (dialect,)), dialect), clock=clock)


def got(record: Record, check: str) -> str:
    """Return what came of a check."""
    return next(one.got for one in record.checks if one.id == check)


def broken(record: Record) -> set[str]:
    """Return the ids of the broken checks."""
    return {check.id for check in record.checks if check.status is Status.BROKEN}


async def whole(target: Target) -> str:
    """Make one request and return its text."""
    return "".join([text async for text in texts(target)])
