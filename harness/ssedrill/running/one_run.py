"""The one module that knows every stage: scenario and client in, record out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from ssedrill.clock.choose import ClockWish, choose_clock
from ssedrill.clock.clock import Clock
from ssedrill.clock.fate import Done, Fate, NeedsFreshProcess, NeedsRealClock
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.drivers.driver import Driver
from ssedrill.drivers.target import Target
from ssedrill.model.call_log import CallLog
from ssedrill.model.record import Record
from ssedrill.model.scenario import Scenario
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import WireJournal
from ssedrill.running.calls import Calls
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job, secrets_of
from ssedrill.running.judged import record_of, unable
from ssedrill.running.open_drill import SETTLE_S, OpenDrill, kept_apart, new_segment
from ssedrill.running.own_process import files_allowed, harm_done
from ssedrill.running.seen import NOTHING_YET, Found, NeedsOtherProcess, NotRun, RunCopy, Seen, SoFar
from ssedrill.server.app import DrillServer

REAL_AT_MOST_S = 120.0
"""A scenario that may take longer than this is not run in real time unless that was asked for."""


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
    with kept_apart(job, clock, interrupt.check):
        module = job.client.driver.module()
        main = partial(_drill, job, clock, interrupt, new_segment(), secrets, copy)
        return clock.run(main, module=module, although_tainted=although_tainted)


async def _drill(
    job: Job, clock: Clock, interrupt: Interrupt, segment: str, secrets: Secrets, copy: RunCopy | None
) -> Journals:
    """Serve the client under test until it ends, loops or runs out of time; return the journals and the end."""
    loop = asyncio.get_running_loop()
    scenario, driver = job.scenario, job.client.driver
    opened = OpenDrill(job, clock, segment, secrets, copy)
    server, only = opened.server, opened.target(1)
    calls: Calls | None = None
    try:
        with interrupt.calling(clock.hurry), interrupt.ending(loop, asyncio.current_task()):
            if not scenario.calls:
                await _until_ended(loop.create_task(driver.run(only, clock)), server, [only])
            else:
                calls = Calls(scenario, server, driver, clock, opened.session(only), opened.target, copy)
                await _until_ended(loop.create_task(calls.run()), server, calls.open)
        interrupt.check()  # it may have made a client that spins look caught
        ended_t = round(opened.t(), 6)
        only.sink.close()
        await asyncio.sleep(SETTLE_S)
    finally:
        await opened.close()
    stuck = only.sink.stuck if calls is None else calls.stuck
    return Journals(server.journal, only.sink.journal, ended_t, stuck, None if calls is None else calls.logs)


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
