"""Many runs: which there are, and the threads that do them."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterable, Sequence

from ssedrill.clock.choose import ClockWish
from ssedrill.drivers.base import Client
from ssedrill.interrupt import Interrupt
from ssedrill.record import Record
from ssedrill.run import Job, drill
from ssedrill.scenario import Scenario


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
    """Run the jobs on so many worker threads and return their records in the order of the jobs.

    The callbacks are called from the calling thread. When the interrupt fires, runs under way are abandoned and
    what was done is returned. An exception in the harness itself ends everything and comes out.
    """
    stop = interrupt or Interrupt()
    todo: queue.SimpleQueue[tuple[int, Job]] = queue.SimpleQueue()
    for item in enumerate(jobs):
        todo.put(item)
    news: queue.SimpleQueue[tuple[int, Record | BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        while not stop.fired:
            try:
                index, job = todo.get_nowait()
            except queue.Empty:
                break
            news.put((index, None))
            try:
                news.put((index, drill(job, clock=clock, interrupt=stop)))
            except asyncio.CancelledError:
                break
            except BaseException as error:
                news.put((index, error))
                break
        news.put((-1, None))

    threads = [threading.Thread(target=work, daemon=True, name=f"drill-{i}") for i in range(min(workers, len(jobs)))]
    for thread in threads:
        thread.start()
    records: dict[int, Record] = {}
    working = len(threads)
    while working:
        index, result = news.get()
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
    return [records[index] for index in sorted(records)]
