"""The one module that knows every stage: scenario and client in, record out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from ssedrill.clock.base import Clock
from ssedrill.clock.choose import ClockWish, choose_clock
from ssedrill.clock.engine.errors import BlockedOutside, VirtualUnavailable
from ssedrill.clock.real.clock import RealClock
from ssedrill.clock.virtual.clock import VirtualClock
from ssedrill.clock.virtual.consumption import VirtualConsumption
from ssedrill.clock.virtual.reuse import MAIMED, SPENT, Spent
from ssedrill.dialects import dialect as dialect_named
from ssedrill.dialects.base import Ask, Request
from ssedrill.drivers.base import Client, Sink, Target
from ssedrill.drivers.in_process.driver import InProcess
from ssedrill.judging.checks import judge
from ssedrill.judging.faults_met import why_not_tested
from ssedrill.judging.metrics import measure
from ssedrill.judging.narrative import tell
from ssedrill.judging.outcome import outcome_of, recovered_by, undecided
from ssedrill.model.record import Claim, Outcome, Record, TokenJournal, Verdict, WireJournal
from ssedrill.model.scenario import Regenerate, Scenario
from ssedrill.model.tokens import generation_name
from ssedrill.planning.compile import compile_plan
from ssedrill.running.interrupt import Interrupt
from ssedrill.server.app import DrillServer
from ssedrill.server.kernel.consumption import Consumption, best_consumption
from ssedrill.server.kernel.refusal import RefusalWitness, exclusive
from ssedrill_faults.fault import DoorFault
from ssedrill_faults.plan import Door, Open, Plan, Refuse

REAL_AT_MOST_S = 120.0
"""A scenario that may take longer than this is not run in real time unless that was asked for."""

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


def drill(
    job: Job, *, clock: ClockWish = "auto", interrupt: Interrupt | None = None, movable: bool = False
) -> Record:
    """Run one job from start to verdict.

    A ``movable`` job raises Spent where it should be done (again) in another process.

    With ``auto`` and ``virtual`` the run is on the virtual clock where the client can be; where it turns out during
    the run that it can't, the run is done again on the real one. The record says which clock it was, and why.
    """
    interrupt = interrupt or Interrupt()
    spent = _module(job) in SPENT
    if spent and movable:
        raise Spent(None)
    chosen, reason = choose_clock(clock, job.seed, job.client.driver.why_not_virtual)
    if reason is None:
        if not isinstance(chosen, VirtualClock):
            return _drill_on(chosen, job, interrupt)
        tried = _drill_virtually(chosen, job, interrupt)
        if chosen.maimed and (module := _module(job)):
            SPENT.add(module)
        if isinstance(tried, Record):
            tried.notes += [MAIMED] if spent else []
            return tried
        reason = tried
    if job.scenario.deadline_s > REAL_AT_MOST_S:
        limit = f"it may take {job.scenario.deadline_s:g} s, and only --clock real waits for that"
        return not_run(job, f"{limit}; {reason}")
    spent = _module(job) in SPENT
    if spent and movable:
        raise Spent(reason)
    record = _drill_on(RealClock(), job, interrupt)
    record.notes.insert(0, f"on the real clock: {reason}")
    record.notes += [MAIMED] if spent else []
    return record


def _module(job: Job) -> str | None:
    """Return the module of a client in this process."""
    driver = job.client.driver
    return driver.module() if isinstance(driver, InProcess) else None


def _drill_virtually(clock: VirtualClock, job: Job, interrupt: Interrupt) -> Record | str:
    """Return the record, or why it would say nothing: only the real clock can tell."""
    try:
        record = _drill_on(clock, job, interrupt)
    except (VirtualUnavailable, BlockedOutside) as unavailable:
        why = str(unavailable)
    except asyncio.CancelledError:  # not by us, then
        why = "the client cancelled tasks that are not its own"
    else:
        polled = clock.polled if job.scenario.deadline_s <= REAL_AT_MOST_S else None
        if clock.outside is None and polled is None:
            return record
        why = clock.outside or f"the client polls: {polled}"
    interrupt.check()
    return why


def _drill_on(clock: Clock, job: Job, interrupt: Interrupt) -> Record:
    with ExitStack() as stack:
        if _refuses(job):
            stack.enter_context(exclusive(counting=_counts_failed_connects(job, clock), on_wait=interrupt.check))
        began = time.perf_counter()
        wire, tokens, ended_t = clock.run(partial(_drill, job, clock, interrupt))
    record = assess(job, wire, tokens, ended_t, clock=clock.name)
    record.wall_s = round(time.perf_counter() - began, 6)
    record.notes += tokens.notes
    return record


def not_run(job: Job, why: str) -> Record:
    """Return the record of a job that was not done at all."""
    return Record(
        scenario=job.scenario.name,
        client=job.client.name,
        dialect=job.dialect,
        seed=job.seed,
        clock="none",
        outcome=Outcome.NOT_TESTED,
        claim=Claim.NONE,
        verdict=Verdict.NOT_TESTED,
        summary=f"proves nothing: {why}",
        repeat=job.repeat,
    )


def assess(job: Job, wire: WireJournal, tokens: TokenJournal, ended_t: float, *, clock: str) -> Record:
    """Make the record of a run from its journals; pure."""
    scenario = job.scenario
    numbers = measure(scenario, wire, tokens, ended_t)
    faulted = any(attempt.faults for attempt in scenario.attempts)
    untested = why_not_tested(wire, numbers.elapsed_s, faulted=faulted)
    outcome = outcome_of(numbers, wire, tokens, max_requests=scenario.max_requests, untested=untested)
    if lacking := undecided(outcome, tokens):
        untested, outcome = lacking, Outcome.NOT_TESTED
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
    consumption: Consumption = best_consumption()
    if isinstance(clock, VirtualClock):
        consumption = VirtualConsumption(consumption)
    server = DrillServer(
        planner=planner,
        door_for=planner.door,
        max_requests=scenario.max_requests,
        started=started,
        epoch=clock.epoch,
        consumption=consumption,
        witness=_witness(job, clock),
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
        with interrupt.calling(clock.hurry), interrupt.ending(loop, asyncio.current_task()):
            await _until_ended(loop.create_task(job.client.driver.run(target, clock)), server.looping, sink)
        interrupt.check()  # it may have made a client that spins look caught
        ended_t = round(now(), 6)
        sink.close()
        await asyncio.sleep(SETTLE_S)
    finally:
        await server.stop()
        consumption.close()
    return server.journal, sink.journal, ended_t


def _witness(job: Job, clock: Clock) -> Callable[[int], RefusalWitness]:
    """Return what finds out whether the client knocked while the door was shut."""
    if isinstance(clock, VirtualClock):
        return partial(RefusalWitness, programs=clock.connects)
    return partial(RefusalWitness, kernel=_counts_failed_connects(job, clock))


def _counts_failed_connects(job: Job, clock: Clock) -> bool:
    return job.client.driver.kind != "in-process" and not isinstance(clock, VirtualClock)


def _refuses(job: Job) -> bool:
    doors = (fault.door() for rule in job.scenario.attempts for fault in rule.faults if isinstance(fault, DoorFault))
    return any(isinstance(door, Refuse) for door in doors)


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
