"""The panel: more than two hundred scripted clients, in process and as programs, and what is drilled with them."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from ssedrill.clients.spec import parse_spec
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.load import load_text
from ssedrill.model.record import Record
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from support import scripted
from support.scripted import CLAIMS, CUT_AFTER, EVERY_S, FLAWS, RECOVERIES, TOKENS, Script, expected

STREAM = f"""
name = "scripted"
about = "What scripted clients are given."
dialects = ["eventsource"]
patience = "5 s"
deadline = "60 s"
[stream]
tokens = {TOKENS}
every = "{EVERY_S * 1000:g} ms"
[must]
outcome = ["clean", "recovered"]
"""
HEALTHY = load_text(f"{STREAM}\n[[attempt]]\n")
CUT = load_text(f"{STREAM}\n[[attempt]]\nfaults = [{{ reset = {{ after_token = {CUT_AFTER} }} }}]\n[[attempt]]\n")

PROGRAM = f"cmd:{shlex.quote(sys.executable)} {shlex.quote(str(Path(scripted.__file__)))}"
WAITS = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 7.0)


def makes_sense(script: Script) -> bool:
    """Leave out what can't be: a token that has not come yet, where nothing is ever cut."""
    return not (script.flaw == "unsent" and script.recovery == "healthy")


SCRIPTS = [
    script
    for recovery in RECOVERIES
    for flaw in FLAWS
    for claim in CLAIMS
    for at in ((TOKENS,) if flaw == "unfinished" else (5,) if recovery == "healthy" else (5, 14))
    if makes_sense(script := Script(flaw, at, claim, recovery))
]
WAITING = [Script(recovery=recovery, wait_s=wait) for recovery in ("resume", "restart") for wait in WAITS]
PROGRAMS = [*(script for script in SCRIPTS if script.claim != "crash"), *WAITING[::4]]


def drilled(script: Script, client: Client) -> Record:
    """Return what comes of a client, on the virtual clock."""
    record = drill(Job(HEALTHY if script.recovery == "healthy" else CUT, client, "eventsource"))
    assert record.clock == "virtual", (script.name, record.notes)
    return record


def judged(record: Record) -> dict[str, object]:
    """Return what a drill says of a client, in the words of an expectation."""
    numbers = record.numbers
    found: dict[str, object] = {"outcome": record.outcome.value}
    if record.outcome != "not-tested":
        names = ("duplicates", "lost", "reordered", "corrupted", "spliced", "withdrawn", "requests")
        found |= {name: getattr(numbers, name) for name in names}
        found["recovery_s"] = numbers.recovery.total_s
    return found


def right(script: Script) -> dict[str, object]:
    """Return the expectation in the same form; a recovery is right to a millisecond."""
    what = expected(script)
    if what.outcome == "not-tested":
        return {"outcome": what.outcome}
    found = dict(asdict(what))
    if what.recovery_s is not None:
        found["recovery_s"] = pytest.approx(what.recovery_s, abs=0.001)
    return found


def in_process(script: Script) -> Client:
    """Return the script as a function of this process."""

    def client(target):
        yield from scripted.play(target.url, script, lambda what: target.restart())
        scripted.finish(script)

    return Client("scripted", InProcess(client), ("eventsource",))


def as_a_program(script: Script) -> Client:
    """Return the script as a program of its own."""
    return parse_spec(f"{PROGRAM} {shlex.quote(scripted.as_argument(script))}")
