"""Clients that keep threads between their runs: each run is as if it were the first, whatever ran before it."""

from __future__ import annotations

import queue
import random
import sys
import threading

import pytest

from ssedrill.clients.spec import parse_spec
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.choose import find
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.jobs import plan_jobs, run_jobs
from ssedrill.running.one_run import see
from ssedrill.running.supervisor.staff import Staff
from ssedrill.server.app import DrillServer

MODULE = '''
import json, queue, threading, time, urllib.request
from concurrent.futures import ThreadPoolExecutor

class Counted(ThreadPoolExecutor):
    """An executor with ways of its own."""
    asked = 0
    def submit(self, call, /, *args, **options):
        self.asked += 1
        return super().submit(call, *args, **options)

LATER = READER = None
NOW = ThreadPoolExecutor(1)
BEGUN = Counted(2, initializer=lambda: setattr(MINE, "name", "begun"))
MINE = threading.local()
USED = ThreadPoolExecutor(1)
USED.submit(time.sleep, 0.01).result()
ASKED = queue.Queue()

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
    """Keeps a pool from its import on."""
    yield from NOW.submit(read, target).result(timeout=60)

def used(target):
    """Keeps a pool whose thread it has started at its import."""
    yield from USED.submit(read, target).result(timeout=60)

def begun(target):
    """Keeps an executor of its own kind, and leaves more work with it than it can do."""
    found = BEGUN.submit(lambda: (MINE.name, read(target)))
    for _ in range(5):
        BEGUN.submit(time.sleep, 1000)
    name, pieces = found.result(timeout=60)
    assert name == "begun"
    yield from pieces

def serve():
    while True:
        target, answer = ASKED.get()
        answer.put(read(target))

def reader(target):
    """Starts a thread in its first run and gives it work in every one."""
    global READER
    if READER is None:
        READER = threading.Thread(target=serve, daemon=True)
        READER.start()
    answer = queue.SimpleQueue()
    ASKED.put((target, answer))
    yield from answer.get(timeout=60)

def outside(target):
    """Waits outside of virtual time, in a thread of its pool."""
    lock = threading.Lock()
    lock.acquire()
    NOW.submit(lock.acquire, timeout=0.3).result()
    yield from read(target)
'''
POOLS = ["later", "now", "used", "begun", "reader"]


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
VIRTUAL = ("virtual", "clean", [])


@pytest.mark.parametrize("name", POOLS)
def test_threads_that_are_kept_work_in_every_run(tmp_path, capfd, name) -> None:
    """Each run is on the virtual clock; nobody hears of the ended threads."""
    assert seen(run_jobs(jobs(tmp_path, name, repeat=3))) == [VIRTUAL] * 3
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", POOLS)
def test_workers_have_them_too(tmp_path, name) -> None:
    """The same holds in the processes that do many runs."""
    with Staff() as staff:
        records = [staff.drill(job, "virtual", Interrupt()) for job in jobs(tmp_path, name, repeat=2)]
    assert seen(records) == [VIRTUAL] * 2


def test_which_runs_fall_back_does_not_depend_on_what_ran_before(tmp_path) -> None:
    """Clients of one module that leave threads on either clock have the same clock and reason in any order."""
    names = [*POOLS, "outside", "reader"]
    expected = dict.fromkeys(names, VIRTUAL) | {"outside": ("real", "clean", [OUTSIDE])}
    random.shuffle(names)
    records = run_jobs(jobs(tmp_path, *names))
    assert dict(zip(names, seen(records), strict=True)) == expected


def test_a_client_that_can_not_travel_gets_a_note(monkeypatch) -> None:
    """If no other process can have the client, its record says what may be wrong with it."""
    monkeypatch.setattr("ssedrill.clock.reuse.TAINTED", set())
    started = []

    def local(target):
        if not started:
            started.append(threading.Thread(target=queue.Queue().get, daemon=True))
            started[0].start()
        yield "t"

    client = Client("local", InProcess(local), ("eventsource",))
    first, second = run_jobs(plan_jobs(find(["healthy"]), [client], repeat=2))
    assert first.notes == []
    assert second.notes[-1] == ENDED


SLOW = '''
def blocks(target):
    """Waits for milliseconds in C, in a thread that it never ends."""
    import threading
    lock = threading.Lock()
    lock.acquire()
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    lock.acquire(timeout=0.05)
    yield from ()
'''


@pytest.mark.parametrize("clock", ["real", "auto"])
def test_the_import_is_over_before_the_run_begins(tmp_path, monkeypatch, clock) -> None:
    """However long a client's module takes to be imported, it is not in the times of the run."""
    path = tmp_path / "slow_to_import.py"
    path.write_text(SLOW)
    there = []

    class Watched(DrillServer):
        def __init__(self, **options):
            there.append(any("slow_to_import" in name for name in list(sys.modules)))
            super().__init__(**options)

    monkeypatch.setattr("ssedrill.running.open_drill.DrillServer", Watched)
    (job,) = plan_jobs(find(["healthy"]), [parse_spec(f"{path}:blocks")], dialects=["eventsource"])
    see(job, clock=clock, movable=True)
    assert there
    assert all(there)


def test_a_client_that_blocks_and_keeps_threads_comes_to_an_end(tmp_path) -> None:
    """Its second run on the virtual clock is its last, in whatever process."""
    path = tmp_path / "slow_to_import.py"
    path.write_text(SLOW)
    (record,) = run_jobs(plan_jobs(find(["healthy"]), [parse_spec(f"{path}:blocks")], dialects=["eventsource"]))
    assert record.clock == "real"
    assert record.notes[0].startswith("on the real clock: the client waits outside virtual time")
