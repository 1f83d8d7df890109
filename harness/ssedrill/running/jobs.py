"""Many runs: which there are, and the threads that do them."""

from __future__ import annotations

import asyncio
import pickle
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ssedrill.clock.choose import ClockWish
from ssedrill.drivers.driver import Client
from ssedrill.model.record import Record
from ssedrill.model.scenario import Scenario
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.one_run import Job, SoFar, drill
from ssedrill.running.workers import Worker

SIGNALS_S = 0.25
"""How often the waiting thread looks up, in seconds: the system may give a signal to another thread than this one, in
which Python handles it."""
WORTH_PROCESSES = 100
"""Virtual runs for which it pays to start processes, each of which has to import the clients' libraries."""


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
    interrupt: Interrupt | None = None,
) -> list[Record]:
    """Run the jobs, so many at a time, and return their records in the order of the jobs.

    On the real clock each has a thread. Virtual runs can't share a process, so that they get worker processes if
    there are enough of them to be worth it; otherwise they are done one after the other.
    The callbacks are called from the calling thread. When the interrupt fires, runs under way are abandoned and
    what was done is returned. An exception in the harness itself ends everything and comes out.
    """
    stop = interrupt or Interrupt()
    apart = clock != "real" and workers > 1 and len(jobs) >= WORTH_PROCESSES and _can_travel(jobs)
    threads = workers if apart or clock == "real" else 1
    todo: queue.SimpleQueue[tuple[int, Job]] = queue.SimpleQueue()
    for item in enumerate(jobs):
        todo.put(item)
    news: queue.SimpleQueue[tuple[int, Record | BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        worker = Worker(clock) if apart else None
        spares: dict[bool, Worker] = {}  # for clients that can't be run in this process any more, by real or virtual

        def run(job: Job) -> Record:
            if worker is not None:
                return worker.drill(job, stop)
            movable = clock != "real" and _can_travel([job])
            return drill(job, clock=clock, interrupt=stop, elsewhere=partial(move, job) if movable else None)

        def move(job: Job, so_far: SoFar) -> Record:
            real = so_far.why_real is not None  # apart: real runs end no threads, so that their process lasts
            if real not in spares:
                spares[real] = Worker(clock)
            return spares[real].drill(job, stop, so_far)

        while not stop.fired:
            try:
                index, job = todo.get_nowait()
            except queue.Empty:
                break
            news.put((index, None))
            try:
                news.put((index, run(job)))
            except asyncio.CancelledError:
                if not stop.fired:
                    news.put((index, RuntimeError(f"a run of {job.client.name} was cancelled by nobody")))
                break
            except BaseException as error:
                news.put((index, error))
                break
        news.put((-1, None))
        for process in (worker, *spares.values()):
            if process is not None:
                process.close()

    for number in range(min(threads, len(jobs))):
        threading.Thread(target=work, daemon=True, name=f"drill-{number}").start()
    records: dict[int, Record] = {}
    working = min(threads, len(jobs))
    while working:
        try:
            index, result = news.get(timeout=SIGNALS_S)
        except queue.Empty:
            continue
        if index < 0:
            working -= 1
        elif result is None:
            on_start(jobs[index])
        elif isinstance(result, Record):
            records[index] = result
            on_done(jobs[index], result)
        else:
            stop.fire()
            raise result
    if len(records) < len(jobs) and not stop.fired:
        raise RuntimeError(f"{len(jobs) - len(records)} of {len(jobs)} runs have no record, and nobody interrupted")
    return [records[index] for index in sorted(records)]


def _can_travel(jobs: Sequence[Job]) -> bool:
    """Tell whether the jobs can be sent to another process; clients that are functions of the caller's can't."""
    try:
        pickle.dumps(jobs)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True
