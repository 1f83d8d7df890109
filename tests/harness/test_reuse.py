"""Clients that keep threads between their runs: whoever's threads ended with a run is run in a fresh process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ssedrill.clients.spec import parse_spec
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.load import find
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.jobs import plan_jobs, run_jobs
from ssedrill.running.supervisor.staff import Staff

MODULE = '''
import json, urllib.request
from concurrent.futures import ThreadPoolExecutor

LATER = None
NOW = ThreadPoolExecutor(1)

def read(target):
    with urllib.request.urlopen(target.url, timeout=60) as answer:
        lines = [json.loads(line[6:]) for line in answer if line.startswith(b"data: {")]
    return [line["text"] for line in lines if "text" in line]

def later(target):
    """Makes a pool in its first run and keeps it."""
    global LATER
    LATER = LATER or ThreadPoolExecutor(1)
    yield from LATER.submit(read, target).result(timeout=60)

def now(target):
    """Keeps a pool from its import on, which no virtual time reaches."""
    yield from NOW.submit(read, target).result(timeout=60)
'''


def jobs(tmp_path, *names, repeat=1):
    """Return jobs of these clients."""
    path = tmp_path / "keeps_threads.py"
    path.write_text(MODULE)
    clients = [parse_spec(f"{path}:{name}") for name in names]
    return plan_jobs(find(["healthy"]), clients, dialects=["eventsource"], repeat=repeat)


def seen(records):
    """Return what matters of records."""
    return [(record.clock, record.outcome, [note.partition(",")[0] for note in record.notes]) for record in records]


ENDED = "threads of the client's own ended with an earlier run in this process, and nothing could run it in another"
OUTSIDE = "on the real clock: the client waits outside virtual time"


def test_a_pool_that_is_kept_works_in_every_run(tmp_path, capfd) -> None:
    """Each run after the first has a process of its own, on the virtual clock; nobody hears of the ended threads."""
    records = run_jobs(jobs(tmp_path, "later", repeat=3))
    assert seen(records) == [("virtual", "clean", [])] * 3
    assert capfd.readouterr().err == ""


def test_a_run_that_is_repeated_has_its_threads(tmp_path) -> None:
    """What was started in vain on the virtual clock does not hold up the same run on the real one."""
    records = run_jobs(jobs(tmp_path, "now", "later", "now"))
    assert seen(records) == [
        ("real", "clean", [OUTSIDE]),
        ("virtual", "clean", []),
        ("real", "clean", [OUTSIDE]),
    ]


@pytest.mark.parametrize("name", ["later", "now"])
def test_workers_renew_their_process(tmp_path, name) -> None:
    """The same holds in the processes that do many runs."""
    with Staff() as staff:
        records = [staff.drill(job, "virtual", Interrupt()) for job in jobs(tmp_path, name, repeat=2)]
    assert seen(records) == [("virtual", "clean", []) if name == "later" else ("real", "clean", [OUTSIDE])] * 2


def test_a_client_that_can_not_travel_gets_a_note(monkeypatch) -> None:
    """If no other process can have the client, its record says what may be wrong with it."""
    monkeypatch.setattr("ssedrill.clock.reuse.TAINTED", set())
    pool = []

    def local(target):
        pool[:] = pool or [ThreadPoolExecutor(1)]
        pool[0].submit(lambda: target.url).result(timeout=60)
        yield "t"

    client = Client("local", InProcess(local), ("eventsource",))
    first, second = run_jobs(plan_jobs(find(["healthy"]), [client], repeat=2))
    assert first.notes == []
    assert second.notes[-1] == ENDED
