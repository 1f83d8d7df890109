"""Drills of clients that make several calls over one session, over a stream of 20 tokens."""

from __future__ import annotations

from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.load import load_text
from ssedrill.model.record import Outcome, Record, Status
from ssedrill.model.scenario import Scenario
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

ANY = '["clean", "cancelled", "recovered", "failed-loudly"]'
RESET = "[[call.attempt]]\nfaults = [{ reset = { after_token = 8 } }]\n[[call.attempt]]"
BUSY = "[[call.attempt]]\nfaults = [{ status = { code = 503 } }]\n[[call.attempt]]"


def scenario(*groups: str, must: str = f"outcome = {ANY}", rules: str = "[[attempt]]") -> Scenario:
    """Return a scenario of 20 tokens with these groups of calls."""
    calls = "\n".join(f"[[call]]\n{group}" for group in groups)
    head = 'name = "calls"\nabout = "Calls."\ndialects = "all"\npatience = "2 s"\ndeadline = "20 s"'
    return load_text(f'{head}\n[stream]\ntokens = 20\nevery = "10 ms"\n{calls}\n{rules}\n[must]\n{must}\n')


def run(client, drilled: Scenario, clock: str = "virtual", dialect: str = "openai-chat", seed: int = 0) -> Record:
    """Drill a client."""
    return drill(Job(drilled, Client("subject", InProcess(client), (dialect,)), dialect, seed), clock=clock)


def came(record: Record) -> list[Outcome]:
    """Return what came of each call."""
    return [call.outcome for call in record.calls]


def broken(record: Record) -> set[str]:
    """Return the ids of the checks that were broken, in the run or in a call of it."""
    checks = [*record.checks, *(check for call in record.calls for check in call.checks)]
    return {check.id for check in checks if check.status is Status.BROKEN}
