"""The same seed gives the same record, byte for byte: again, in other processes, and on a busy machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from ssedrill.clients import CLIENTS
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.choose import find
from ssedrill.loading.load import builtin_scenarios, load_text
from ssedrill.model.record import Outcome, Record
from ssedrill.reporting.formats.to_json import fingerprint
from ssedrill.running.job import Job
from ssedrill.running.jobs import plan_jobs, run_jobs
from ssedrill.running.one_run import drill
from support.hogs import hogs
from support.leavers import EVERY_S, LEAVERS, TOKENS
from support.patience import HANG_S
from support.repeats import times

ROOT = Path(__file__).parents[2]
REPEATS = int(os.environ.get("SSEDRILL_REPEATS", "100"))
"""How often the slow tests repeat the whole catalogue."""
AT_ONCE = 5
"""Repeats whose records are held in memory at the same time."""

SAMPLE = ("reset-mid-stream", "overloaded-529-twice", "keepalive-only", "retry-after-600")
ELSEWHERE = ("connection-refused-then-up", "stall-mid-stream")
CODE = """
import sys
from ssedrill.clients import CLIENTS
from ssedrill.running.jobs import plan_jobs, run_jobs
from ssedrill.loading.choose import find
from ssedrill.reporting.formats.to_json import fingerprint
clients = [client for client in CLIENTS.values() if client.driver.kind == "in-process"]
for record in run_jobs(plan_jobs(find(sys.argv[1:]), clients), clock="virtual"):
    print(record.scenario, record.client, record.dialect, fingerprint(record))
"""

HEALTHY = load_text(
    f"""
name = "healthy"
about = "For clients that leave."
dialects = ["eventsource"]
patience = "5 s"
deadline = "60 s"
[stream]
tokens = {TOKENS}
every = "{EVERY_S * 1000:g} ms"
[[attempt]]
[must]
outcome = ["clean", "recovered"]
"""
)

Cell = tuple[str, str, str]


def in_process() -> list[Client]:
    """Return the built-in clients that are Python functions."""
    return [client for client in CLIENTS.values() if client.driver.kind == "in-process"]


def cell(record: Record) -> Cell:
    """Return what a run is of."""
    return record.scenario, record.client, record.dialect


def gathered(jobs: Sequence[Job], repeats: int, workers: int = 1) -> dict[Cell, set[str]]:
    """Return the fingerprints of each cell after so many repeats of all jobs, all of them on the virtual clock."""
    found: dict[Cell, set[str]] = defaultdict(set)
    count = 0
    for turn in range(0, repeats, AT_ONCE):
        for record in run_jobs(list(jobs) * min(AT_ONCE, repeats - turn), clock="virtual", workers=workers):
            assert record.clock == "virtual", (cell(record), record.notes)
            found[cell(record)].add(fingerprint(record))
            count += 1
    assert count == len(jobs) * repeats
    return found


def unsteady(found: dict[Cell, set[str]]) -> list[Cell]:
    """Return the cells with more than one fingerprint."""
    return [cell for cell, prints in found.items() if len(prints) != 1]


@times(2, 5)
def test_repeats_give_one_record(times):
    """Resets, refusals, endless pings and ten minutes of waiting: each client's record is the same every time."""
    found = gathered(plan_jobs(find(SAMPLE), in_process()), times)
    assert unsteady(found) == []
    assert len(found) > len(SAMPLE) * len(in_process())


@pytest.mark.parametrize("leaver", LEAVERS, ids=lambda leaver: leaver.__name__)
@times(8, 50)
def test_clients_that_leave_leave_one_record(leaver, times):
    """What a client had read when it left is told in the same words all of the times."""
    job = Job(HEALTHY, Client("leaver", InProcess(leaver), ("eventsource",)), "eventsource", seed=1)
    records = [drill(job, clock="virtual") for _ in range(times)]
    assert {record.clock for record in records} == {"virtual"}, [record.notes for record in records]
    assert {record.outcome for record in records} == {Outcome.CLEAN}
    assert len({fingerprint(record) for record in records}) == 1


def start(hash_seed: str) -> subprocess.Popen[str]:
    """Start a process that prints the fingerprints of a few scenarios with every in-process client."""
    paths = [str(ROOT / "harness"), str(ROOT / "faults")]
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.Popen([sys.executable, "-c", CODE, *ELSEWHERE], env=env, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_other_processes_under_load_give_the_same_record():
    """Processes with other hash seeds, all at once on a machine that is busy besides, make the records made here."""
    with hogs():
        said = [process.communicate(timeout=HANG_S)[0] for process in [start(seed) for seed in ("0", "1", "random")]]
    here = run_jobs(plan_jobs(find(ELSEWHERE), in_process()), clock="virtual")
    assert said == ["".join(f"{' '.join(cell(record))} {fingerprint(record)}\n" for record in here)] * 3


def seeded(scenario: str, client: str, dialect: str, seed: int) -> Record:
    """Run one cell with a seed."""
    (found,) = (one for one in CLIENTS.values() if one.name == client)
    (drilled,) = find([scenario])
    return drill(Job(drilled, found, dialect, seed), clock="virtual")


@pytest.mark.parametrize(
    ("client", "dialect"),
    [("reference", "eventsource"), ("anthropic", "anthropic-messages"), ("openai-sync", "openai-chat")],
)
def test_another_seed_is_another_chance(client, dialect):
    """Back-off with jitter depends on the seed and on nothing else."""
    gaps = [seeded("rate-limited-without-retry-after", client, dialect, seed).numbers.gaps_s for seed in (1, 2, 1)]
    assert gaps[0] == gaps[2]
    assert gaps[0] != gaps[1]


def test_a_seed_changes_nothing_where_there_is_no_chance():
    """A client without jitter leaves the same record under every seed, but for the seed's own number."""
    one, other = (seeded("reset-mid-stream", "aiohttp-plain", "eventsource", seed) for seed in (1, 2))
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(replace(other, seed=1))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    ("repeats", "load"), [(REPEATS, nullcontext), (min(20, REPEATS), hogs)], ids=["idle", "busy"]
)
def test_the_whole_catalogue_is_steady(repeats, load):
    """Every scenario with every in-process client and dialect has one fingerprint, whatever else the machine does."""
    with load():
        found = gathered(plan_jobs(builtin_scenarios(), in_process()), repeats, workers=2)
    assert unsteady(found) == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_whole_matrix_has_one_outcome_a_cell():
    """Twenty runs of everything in a row, programs included, come to the same words."""
    jobs = plan_jobs(builtin_scenarios(), [client for client in CLIENTS.values() if client.driver.probe().available])
    found: dict[Cell, set[tuple[str, str]]] = defaultdict(set)
    for _ in range(min(20, REPEATS)):
        records: Iterable[Record] = run_jobs(jobs, clock="virtual", workers=2)
        for record in records:
            found[cell(record)].add((record.outcome, record.verdict))
    assert {cell: words for cell, words in found.items() if len(words) != 1} == {}
    assert len(found) == len(jobs)
