"""The one module that knows every stage: scenario and client in, record out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from secrets import token_hex
from typing import assert_never

from ssedrill.clock.choose import ClockWish, choose_clock
from ssedrill.clock.clock import Clock
from ssedrill.clock.fate import Done, Fate, NeedsFreshProcess, NeedsRealClock
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.dialects import find_dialect
from ssedrill.dialects.call import PROMPT, prompt_of
from ssedrill.drivers.driver import Driver
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import Target
from ssedrill.judging.checks import wanted
from ssedrill.model.call_log import CallLog
from ssedrill.model.record import Record
from ssedrill.model.scenario import Scenario
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import WireJournal
from ssedrill.planning.call_planner import CallPlanner
from ssedrill.planning.planner import Planner
from ssedrill.running.calls import Calls
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job, secrets_of
from ssedrill.running.judged import record_of, unable
from ssedrill.running.own_process import files_allowed, harm_done
from ssedrill.running.seen import NOTHING_YET, Found, NeedsOtherProcess, NotRun, RunCopy, Seen, SoFar
from ssedrill.server.app import DrillServer
from ssedrill.server.kernel.kernel_consumption import best_consumption
from ssedrill.server.kernel.peer import PeerWitness
from ssedrill.server.kernel.refusal import RefusalWitness, exclusive
from ssedrill_faults.fault import DoorFault
from ssedrill_faults.plan import Door, Refuse

REAL_AT_MOST_S = 120.0
"""A scenario that may take longer than this is not run in real time unless that was asked for."""

RUN_BYTES = 8
"""How much chance there is in the segment of a run's address; it is twice as many characters long."""

SETTLE_S = 0.03
"""How long the server goes on listening after the client has ended, to see how the client leaves."""


@dataclass
class Journals:
    """What was seen of a run."""

    wire: WireJournal
    tokens: TokenJournal
    ended_t: float
    stuck: bool  # its client was stuck at the end
    calls: list[CallLog] | None  # if the scenario speaks of calls: then they have the tokens


def drill(job: Job, *, clock: ClockWish = "auto", interrupt: Interrupt | None = None) -> Record:
    """Run one job in this process, from start to verdict.

    With ``auto`` and ``virtual`` the run is on the virtual clock if the client can be; if it turns out during the run
    that it can't, the run is done again on the real one. The record says which clock it was, and why.
    """
    if (record := unable(job)) is not None:
        return record
    found = see(job, clock=clock, interrupt=interrupt)
    assert not isinstance(found, NeedsOtherProcess), "this is the only process"
    return record_of(job, found)


def see(
    job: Job,
    *,
    clock: ClockWish = "auto",
    interrupt: Interrupt | None = None,
    movable: bool = False,
    so_far: SoFar = NOTHING_YET,
    copy: RunCopy | None = None,
) -> Found:
    """Run one job, and return what was seen of it for others to judge; the clock is chosen as in :func:`drill`.

    If the job can't be done in this process, and is ``movable``, that is the answer; otherwise it is done here, and
    its remarks say what may be wrong with it. ``so_far`` is what another process has found out about the job. A
    ``copy`` is told of the journals while they are written.

    What the client's module does when it is imported is over before the run begins, on either clock.
    """
    interrupt = interrupt or Interrupt()
    driver = job.client.driver
    driver.module()
    if (lacking := _lacks(driver, job.scenario)) is not None:
        return NotRun(lacking, unsupported=True)
    on, why_real = choose_clock(clock, job.seed, driver.why_not_virtual)
    if so_far.why_real is not None:
        on, why_real = RealClock(), so_far.why_real
    too_long = job.scenario.longest_s > REAL_AT_MOST_S
    files = files_allowed()
    although_tainted = clock == "real"  # what was asked for on the real clock is done here, beside others like it
    remarks: list[str] = []
    tried_again = so_far.tried_again
    while True:
        if why_real is not None and too_long:
            limit = f"it may take {job.scenario.longest_s:g} s, and only --clock real waits for that"
            return NotRun(f"{limit}; {why_real}")
        if copy is not None:
            copy.begin(on.name, why_real)
        began = time.perf_counter()
        secrets = secrets_of(job)
        match _run_on(on, job, interrupt, secrets, copy, although_tainted=although_tainted):
            case Done(journals):
                break
            case NeedsRealClock(_, Done(journals)) if too_long:
                break
            case NeedsRealClock(worth_another=more) if tried_again < more:
                tried_again += 1
                on, _ = choose_clock(clock, job.seed, driver.why_not_virtual)
            case NeedsRealClock(because):
                on, why_real = RealClock(), because
            case NeedsFreshProcess() if movable:
                return NeedsOtherProcess(SoFar(why_real, tried_again))
            case NeedsFreshProcess(because):
                although_tainted, remarks = True, [f"{because}, and nothing could run it in another"]
            case never:
                assert_never(never)
        interrupt.check()
    wall_s = round(time.perf_counter() - began, 6)
    harm = harm_done(files, stuck=journals.stuck and not journals.wire.attempts)
    return Seen(
        clock=on.name,
        wire=journals.wire,
        tokens=journals.tokens,
        ended_t=journals.ended_t,
        wall_s=wall_s,
        why_real=why_real,
        remarks=tuple(remarks),
        harm=harm,
        secrets=secrets,
        calls=journals.calls,
    )


def _lacks(driver: Driver, scenario: Scenario) -> str | None:
    """Say what a client lacks for the calls of a scenario, if it does; asks it only if there are several."""
    if (calls := scenario.call_count) == 1:
        return None
    if not driver.makes_calls:
        return f"it makes one call, and the scenario has {calls} over one session"
    if any(group.cancel for group in scenario.calls) and not driver.cancels_calls:
        return "it makes several calls, but none of them can be called off, as the scenario does"
    return None


def _run_on(
    clock: Clock, job: Job, interrupt: Interrupt, secrets: Secrets, copy: RunCopy | None, *, although_tainted: bool
) -> Fate[Journals]:
    with ExitStack() as stack:
        if any(isinstance(door, Refuse) for door in _doors(job.scenario)):
            stack.enter_context(exclusive(counting=_counts_failed_connects(job, clock), on_wait=interrupt.check))
        module = job.client.driver.module()
        segment = token_hex(RUN_BYTES)  # here, where randomness is not the seeded one of the client
        main = partial(_drill, job, clock, interrupt, segment, secrets, copy)
        return clock.run(main, module=module, although_tainted=although_tainted)


async def _drill(
    job: Job, clock: Clock, interrupt: Interrupt, segment: str, secrets: Secrets, copy: RunCopy | None
) -> Journals:
    """Serve the client under test until it ends, loops or runs out of time; return the journals and the end.

    ``segment`` stands in front of every path of the run, so that nobody else's request is taken for the client's.
    """
    loop = asyncio.get_running_loop()
    scenario = job.scenario
    started = clock.now()

    def now() -> float:
        return clock.now() - started

    dialect = find_dialect(job.dialect)
    several = CallPlanner(scenario, dialect, job.seed) if scenario.calls else None
    planner = several or Planner(scenario, dialect, job.seed)
    consumption = clock.consumption(best_consumption())
    groups: set[int] = set()
    server = DrillServer(
        planner=planner,
        door_for=planner.door if _doors(scenario) else None,
        named=None if several is None else several.named,
        max_requests=scenario.max_requests,
        started=started,
        epoch=clock.epoch,
        consumption=consumption,
        witness=partial(RefusalWitness, programs=clock.connects, kernel=_counts_failed_connects(job, clock)),
        run=segment,
        whose=PeerWitness(segment, lambda: groups).whose,
        secrets=secrets,
        copy=copy,
        second=scenario.server.fallback or "other_origin" in planner.places,
        keep_alive_s=scenario.server.keep_alive_s,
    )
    await server.start()
    if copy is not None:
        copy.at(segment, server.address.port)
    wants = wanted(scenario)
    url = dialect.ask.url(server.address.origin + server.address.path)

    fallback = dialect.ask.url(server.address.other_origin + server.address.path) if scenario.server.fallback else ""

    def of_call(place: str, call: int) -> str:
        return dialect.ask.url_of_call(place, call) if place and scenario.call_count > 1 else place

    def target_for(call: int) -> Target:
        return Target(
            url=of_call(url, call),
            dialect=job.dialect,
            scenario=scenario.name,
            patience_s=scenario.patience_s,
            deadline_s=scenario.deadline_s,
            sink=Sink(
                now,
                segment,
                server.address.port,
                secrets,
                copy=copy,
                call=call,
                keeps_bases="error_class" in wants,
            ),
            prompt=prompt_of(call) if scenario.call_count > 1 else PROMPT,
            seed=job.seed,
            wants=wants,
            groups=groups,
            call=call,
            calls=scenario.call_count,
            fallback_url=of_call(fallback, call),
        )

    driver = job.client.driver
    only = target_for(1)
    session = replace(only.session(), url=url, fallback_url=fallback)
    calls: Calls | None = None
    try:
        with interrupt.calling(clock.hurry), interrupt.ending(loop, asyncio.current_task()):
            if not scenario.calls:
                await _until_ended(loop.create_task(driver.run(only, clock)), server, [only])
            else:
                calls = Calls(scenario, server, driver, clock, session, target_for, copy)
                await _until_ended(loop.create_task(calls.run()), server, calls.open)
        interrupt.check()  # it may have made a client that spins look caught
        ended_t = round(now(), 6)
        only.sink.close()
        await asyncio.sleep(SETTLE_S)
    finally:
        await server.stop()
        consumption.close()
    stuck = only.sink.stuck if calls is None else calls.stuck
    return Journals(server.journal, only.sink.journal, ended_t, stuck, None if calls is None else calls.logs)


def _counts_failed_connects(job: Job, clock: Clock) -> bool:
    """Tell whether nothing but the kernel's count for the whole machine may say that the client has connected.

    A client in this process is seen by the interpreter, but for what it has that is written in C.
    """
    return clock.connects is None or job.client.driver.connects_in_process


def _doors(scenario: Scenario) -> list[Door]:
    """Return the doors that its faults make."""
    faults = (fault for rule in scenario.all_attempts for fault in rule.faults)
    return [fault.door() for fault in faults if isinstance(fault, DoorFault)]


async def _until_ended(client: asyncio.Task[None], server: DrillServer, targets: Iterable[Target]) -> None:
    """Wait until the client has ended, or stop it when it loops; raises what the harness itself did wrong.

    ``targets`` are those of the calls that are open.
    """
    loops = asyncio.get_running_loop().create_task(server.looping.wait())
    try:
        await asyncio.wait({client, loops}, return_when=asyncio.FIRST_COMPLETED)
        for target in list(targets):
            if server.journal.flooded:
                target.sink.crash(server.journal.flooded)
            if not client.done():
                target.sink.stop()
    finally:
        loops.cancel()
        if not client.done():
            client.cancel()
        await asyncio.gather(client, loops, return_exceptions=True)
    if not client.cancelled() and (fault := client.exception()):
        raise fault
