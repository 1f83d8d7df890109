"""Many runs: which there are, and who does them."""

from __future__ import annotations

import asyncio
import pickle
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial

from ssedrill.clock.choose import ClockWish
from ssedrill.drivers.driver import Client
from ssedrill.model.record import Record
from ssedrill.model.scenario import Scenario
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from ssedrill.running.supervisor import births
from ssedrill.running.supervisor.staff import MOST_IDLE, HarnessFault, Staff, home

SIGNALS_S = 0.25
"""How often the waiting thread looks up, in seconds: the system may give a signal to another thread than this one, in
which Python handles it."""
WORTH_SEVERAL = 100
"""Virtual runs for which several workers pay, each of which has to import the clients' libraries."""


def plan_jobs(
    scenarios: Iterable[Scenario],
    clients: Sequence[Client],
    *,
    seed: int = 0,
    repeat: int = 1,
    dialects: Sequence[str] | None = None,
) -> list[Job]:
    """Return a job for each scenario, client, dialect that both speak, and repeat (seeds count up from ``seed``)."""
    return [
        Job(scenario, client, name, seed + turn, turn)
        for scenario in scenarios
        for client in clients
        for name in scenario.dialects
        if name in client.dialects and (dialects is None or name in dialects)
        for turn in range(repeat)
    ]


def run_jobs(
    jobs: Sequence[Job],
    *,
    clock: ClockWish = "auto",
    workers: int = 1,
    on_start: Callable[[Job], None] = lambda job: None,
    on_done: Callable[[Job, Record], None] = lambda job, record: None,
    on_fault: Callable[[Job, str], None] | None = None,
    interrupt: Interrupt | None = None,
    staff: Staff | None = None,
) -> list[Record]:
    """Run the jobs, so many at a time, and return their records in the order of the jobs.

    Clients that another process can import run in worker processes, those of ``staff`` if it is given, and this
    process judges what they tell of it. Functions of the caller's own run in this process: on the real clock each in
    a thread, on the virtual one, where runs can't share a process, one after the other.

    The callbacks are called from the calling thread. When the interrupt fires, runs under way are abandoned and
    what was done is returned. An exception in the harness itself ends everything and comes out; if it was in a
    worker, it costs its run alone: ``on_fault`` is told, and without one it comes out when all is done.
    """
    stop = interrupt or Interrupt()
    todo = _Todo(jobs, workers)
    news: queue.SimpleQueue[tuple[int, Record | BaseException | None]] = queue.SimpleQueue()
    faults: list[str] = []

    def work(mine: queue.SimpleQueue[int], run: Callable[[Job], Record]) -> None:
        while not stop.fired:
            try:
                index = mine.get_nowait()
            except queue.Empty:
                break
            news.put((index, None))
            try:
                news.put((index, run(jobs[index])))
            except asyncio.CancelledError:
                if not stop.fired:
                    news.put((index, RuntimeError(f"a run of {jobs[index].client.name} was cancelled by nobody")))
                break
            except HarnessFault as fault:
                news.put((index, fault))
            except BaseException as error:
                news.put((index, error))
                break
        news.put((-1, None))

    with ExitStack() as stack:
        if staff is None:
            staff = stack.enter_context(Staff())
        there, here = partial(staff.drill, clock=clock, interrupt=stop), partial(drill, clock=clock, interrupt=stop)
        in_workers = workers if clock == "real" or todo.apart.qsize() >= WORTH_SEVERAL else 1
        lanes = [(todo.apart, there)] * min(in_workers, todo.apart.qsize())
        lanes += [(todo.here, here)] * min(workers if clock == "real" else 1, todo.here.qsize())
        for number, lane in enumerate(lanes):
            threading.Thread(target=work, args=lane, daemon=True, name=f"drill-{number}").start()
        records: dict[int, Record] = {}
        working = len(lanes)
        while working:
            try:
                index, result = news.get(timeout=SIGNALS_S)
            except queue.Empty:
                continue
            if index < 0:
                working -= 1
                continue
            if result is None:
                on_start(jobs[index])
                continue
            if isinstance(result, HarnessFault):
                (on_fault or (lambda job, what: faults.append(what)))(jobs[index], str(result))
                result = result.record
            if not isinstance(result, Record):
                stop.fire()
                raise result
            records[index] = result
            on_done(jobs[index], result)
    if faults:
        raise RuntimeError(f"{len(faults)} workers went wrong: {faults[0]}")
    if len(records) < len(jobs) and not stop.fired:
        raise RuntimeError(f"{len(jobs) - len(records)} of {len(jobs)} runs have no record, and nobody interrupted")
    return [records[index] for index in sorted(records)]


class _Todo:
    """The jobs that are still to be begun, by their places: those that go to workers, and those that stay here."""

    def __init__(self, jobs: Sequence[Job], workers: int) -> None:
        self.apart: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.here: queue.SimpleQueue[int] = queue.SimpleQueue()
        clients = {id(job.client): job.client for job in jobs}
        travels = {name: _can_travel(client) for name, client in clients.items()}
        order = list(range(len(jobs)))
        homes: dict[str, int] = {}
        of_job = [homes.setdefault(home(job.client), len(homes)) for job in jobs]
        if len(homes) * workers > MOST_IDLE:  # each would lose its worker to the others before its next run
            order.sort(key=of_job.__getitem__)
        for index in order:
            (self.apart if travels[id(jobs[index].client)] else self.here).put(index)


def _can_travel(client: Client) -> bool:
    """Tell whether a client can be sent to another process; functions of the caller's can't."""
    if not births.POSSIBLE:
        return False
    try:
        pickle.dumps(client)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True
