"""The one module that knows every stage: scenario and client in, record out."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ssedrill.checks import judge
from ssedrill.clock.base import Clock
from ssedrill.clock.choose import choose_clock
from ssedrill.compile import compile_plan
from ssedrill.dialects import dialect as dialect_named
from ssedrill.dialects.base import Ask, Request
from ssedrill.drivers.base import Client, Sink, Target
from ssedrill.faultsmet import why_not_tested
from ssedrill.metrics import measure
from ssedrill.narrative import tell
from ssedrill.outcome import outcome_of, recovered_by
from ssedrill.record import Record, TokenJournal, WireJournal
from ssedrill.scenario import Regenerate, Scenario
from ssedrill.server.app import DrillServer
from ssedrill.tokens import generation_name
from ssedrill_faults.fault import DoorFault
from ssedrill_faults.plan import Door, Open, Plan

SETTLE_S = 0.03
"""How long the server goes on listening after the client has ended, to see how the client leaves."""


@dataclass(frozen=True)
class Job:
    """One run to be done."""

    scenario: Scenario
    client: Client
    dialect: str
    seed: int = 0
    repeat: int = 0


class Interrupt:
    """Lets another thread end the runs that are under way."""

    def __init__(self) -> None:
        self._cancels: set[Callable[[], object]] = set()
        self._lock = threading.Lock()
        self.fired = False

    def fire(self) -> None:
        """Cancel every run that is under way, and every later one as it begins."""
        with self._lock:
            self.fired = True
            for cancel in self._cancels:
                cancel()

    @contextmanager
    def ending(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any] | None) -> Iterator[None]:
        """Have this task of this loop cancelled when the interrupt fires."""
        assert task is not None
        cancel = partial(loop.call_soon_threadsafe, task.cancel)
        with self._lock:
            self._cancels.add(cancel)
            if self.fired:
                task.cancel()
        try:
            yield
        finally:
            with self._lock:
                self._cancels.discard(cancel)


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
    clock: str = "auto",
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


def drill(job: Job, *, clock: str = "auto", interrupt: Interrupt | None = None) -> Record:
    """Run one job from start to verdict."""
    began = time.perf_counter()
    chosen, notes = choose_clock(clock)
    wire, tokens, ended_t = chosen.run(lambda: _drill(job, chosen, interrupt or Interrupt()))
    record = assess(job, wire, tokens, ended_t, clock=chosen.name)
    record.wall_s = round(time.perf_counter() - began, 6)
    record.notes += [*notes, *tokens.notes]
    return record


def assess(job: Job, wire: WireJournal, tokens: TokenJournal, ended_t: float, *, clock: str) -> Record:
    """Make the record of a run from its journals; pure."""
    scenario = job.scenario
    numbers = measure(scenario, wire, tokens, ended_t)
    faulted = any(attempt.faults for attempt in scenario.attempts)
    untested = why_not_tested(wire, numbers.elapsed_s, faulted=faulted)
    outcome = outcome_of(numbers, wire, tokens, max_requests=scenario.max_requests, untested=untested)
    how = recovered_by(outcome, numbers, wire)
    checks, verdict = judge(scenario, numbers, outcome, untested)
    ledger = numbers.ledger
    return Record(
        scenario=scenario.name,
        client=job.client.name,
        dialect=job.dialect,
        seed=job.seed,
        clock=clock,
        outcome=outcome,
        claim=numbers.claim,
        verdict=verdict,
        summary=tell(outcome, numbers, wire, tokens, untested=untested, how=how),
        checks=checks,
        requests=numbers.requests,
        retries=numbers.retries,
        recovered_by=how,
        withdrawn=len(ledger.withdrawn),
        duplicates=ledger.duplicates,
        lost=ledger.lost,
        reordered=ledger.reordered,
        corrupted=ledger.corrupted,
        spliced=ledger.spliced,
        wasted_tokens=numbers.wasted_tokens,
        recovery=numbers.recovery,
        retry_after=numbers.retry_after,
        gaps_s=numbers.gaps_s,
        ttft_s=numbers.ttft_s,
        longest_silence_s=numbers.longest_silence_s,
        elapsed_s=numbers.elapsed_s,
        error=numbers.error,
        repeat=job.repeat,
        wire=wire,
        tokens=tokens,
    )


@dataclass
class Planner:
    """Compiles the plan of each request as it arrives, and keeps count of the generations handed out."""

    scenario: Scenario
    dialect: str
    seed: int
    handed_out: int = 0
    plans: list[Plan] = field(default_factory=list)

    def __call__(self, attempt: int, request: Request) -> tuple[Ask, Plan]:
        """Return what the dialect made of a request, and the plan for it."""
        same = self.scenario.stream.regenerate is Regenerate.SAME
        generation = generation_name(0 if same else self.handed_out)
        dialect = dialect_named(self.dialect, self.scenario.stream.line_end)
        ask, plan = compile_plan(self.scenario, dialect, self.seed, attempt, request, generation)
        if plan.generation == generation and ask.kind in ("stream", "whole"):
            self.handed_out += 1
        return ask, plan

    def door(self, attempt: int) -> tuple[Door, str]:
        """Return the door of an attempt and the name of the fault that makes it."""
        for fault in self.scenario.attempt(attempt).faults:
            if isinstance(fault, DoorFault):
                return fault.door(), fault.name
        return Open(), ""


async def _drill(job: Job, clock: Clock, interrupt: Interrupt) -> tuple[WireJournal, TokenJournal, float]:
    """Serve the client under test until it ends, loops or runs out of time; return the journals and the end."""
    loop = asyncio.get_running_loop()
    scenario = job.scenario
    started = clock.now()

    def now() -> float:
        return clock.now() - started

    planner = Planner(scenario, job.dialect, job.seed)
    server = DrillServer(
        planner=planner,
        door_for=planner.door,
        max_requests=scenario.max_requests,
        started=started,
        epoch=clock.epoch,
    )
    origin = await server.start()
    sink = Sink(now)
    target = Target(
        url=dialect_named(job.dialect).url(origin),
        dialect=job.dialect,
        scenario=scenario.name,
        patience_s=scenario.patience_s,
        deadline_s=scenario.deadline_s,
        sink=sink,
        seed=job.seed,
    )
    try:
        with interrupt.ending(loop, asyncio.current_task()):
            await _until_ended(loop.create_task(job.client.driver.run(target, clock)), server.looping, sink)
        ended_t = round(now(), 6)
        sink.close()
        await asyncio.sleep(SETTLE_S)
    finally:
        await server.stop()
    return server.journal, sink.journal, ended_t


async def _until_ended(client: asyncio.Task[None], looping: asyncio.Event, sink: Sink) -> None:
    """Wait until the client has ended, or stop it when it loops; raises what the harness itself did wrong."""
    loops = asyncio.get_running_loop().create_task(looping.wait())
    try:
        await asyncio.wait({client, loops}, return_when=asyncio.FIRST_COMPLETED)
        if not client.done():
            sink.stop()
    finally:
        loops.cancel()
        if not client.done():
            client.cancel()
        await asyncio.gather(client, loops, return_exceptions=True)
    if not client.cancelled() and (fault := client.exception()):
        raise fault
