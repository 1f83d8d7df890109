"""The one module that knows every stage: scenario and client in, record out."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from functools import partial
from secrets import token_hex
from typing import TypeAlias, assert_never

from ssedrill.clock.choose import ClockWish, choose_clock
from ssedrill.clock.clock import Clock
from ssedrill.clock.fate import Done, Fate, NeedsFreshProcess, NeedsRealClock
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.dialects import find_dialect
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import Target
from ssedrill.model.record import Record
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import WireJournal
from ssedrill.planning.planner import Planner
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job, secrets_of
from ssedrill.running.judged import record_of
from ssedrill.running.own_process import files_allowed, harm_done
from ssedrill.running.seen import NOTHING_YET, Found, NeedsOtherProcess, NotRun, RunCopy, Seen, SoFar
from ssedrill.server.app import DrillServer
from ssedrill.server.kernel.kernel_consumption import best_consumption
from ssedrill.server.kernel.peer import PeerWitness
from ssedrill.server.kernel.refusal import RefusalWitness, exclusive
from ssedrill_faults.fault import DoorFault
from ssedrill_faults.plan import Refuse

REAL_AT_MOST_S = 120.0
"""A scenario that may take longer than this is not run in real time unless that was asked for."""

RUN_BYTES = 8
"""How much chance there is in the segment of a run's address; it is twice as many characters long."""

SETTLE_S = 0.03
"""How long the server goes on listening after the client has ended, to see how the client leaves."""


Journals: TypeAlias = tuple[WireJournal, TokenJournal, float, bool]
"""What was seen of a run, when it ended, and whether its client was stuck at the end."""


def drill(job: Job, *, clock: ClockWish = "auto", interrupt: Interrupt | None = None) -> Record:
    """Run one job in this process, from start to verdict.

    With ``auto`` and ``virtual`` the run is on the virtual clock if the client can be; if it turns out during the run
    that it can't, the run is done again on the real one. The record says which clock it was, and why.
    """
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
    on, why_real = choose_clock(clock, job.seed, driver.why_not_virtual)
    if so_far.why_real is not None:
        on, why_real = RealClock(), so_far.why_real
    too_long = job.scenario.deadline_s > REAL_AT_MOST_S
    files = files_allowed()
    although_tainted = clock == "real"  # what was asked for on the real clock is done here, beside others like it
    remarks: list[str] = []
    tried_again = so_far.tried_again
    while True:
        if why_real is not None and too_long:
            limit = f"it may take {job.scenario.deadline_s:g} s, and only --clock real waits for that"
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
    wire, tokens, ended_t, stuck = journals
    wall_s = round(time.perf_counter() - began, 6)
    harm = harm_done(files, stuck=stuck and not wire.attempts)
    return Seen(on.name, wire, tokens, ended_t, wall_s, why_real, tuple(remarks), harm, secrets)


def _run_on(
    clock: Clock, job: Job, interrupt: Interrupt, secrets: Secrets, copy: RunCopy | None, *, although_tainted: bool
) -> Fate[Journals]:
    with ExitStack() as stack:
        if _refuses(job):
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

    planner = Planner(scenario, find_dialect(job.dialect), job.seed)
    consumption = clock.consumption(best_consumption())
    groups: set[int] = set()
    server = DrillServer(
        planner=planner,
        door_for=planner.door,
        max_requests=scenario.max_requests,
        started=started,
        epoch=clock.epoch,
        consumption=consumption,
        witness=partial(RefusalWitness, programs=clock.connects, kernel=_counts_failed_connects(job, clock)),
        run=segment,
        whose=PeerWitness(segment, lambda: groups).whose,
        secrets=secrets,
        copy=copy,
        second="other_origin" in planner.places,
    )
    await server.start()
    sink = Sink(now, segment, server.address.port, secrets, copy=copy)
    if copy is not None:
        copy.at(segment, server.address.port)
    target = Target(
        url=planner.dialect.ask.url(server.address.origin + server.address.path),
        dialect=job.dialect,
        scenario=scenario.name,
        patience_s=scenario.patience_s,
        deadline_s=scenario.deadline_s,
        sink=sink,
        seed=job.seed,
        groups=groups,
    )
    try:
        with interrupt.calling(clock.hurry), interrupt.ending(loop, asyncio.current_task()):
            await _until_ended(loop.create_task(job.client.driver.run(target, clock)), server, sink)
        interrupt.check()  # it may have made a client that spins look caught
        ended_t = round(now(), 6)
        sink.close()
        await asyncio.sleep(SETTLE_S)
    finally:
        await server.stop()
        consumption.close()
    return server.journal, sink.journal, ended_t, sink.stuck


def _counts_failed_connects(job: Job, clock: Clock) -> bool:
    """Tell whether nothing but the kernel's count for the whole machine may say that the client has connected.

    A client in this process is seen by the interpreter, but for what it has that is written in C.
    """
    return clock.connects is None or job.client.driver.connects_in_process


def _refuses(job: Job) -> bool:
    doors = (fault.door() for rule in job.scenario.attempts for fault in rule.faults if isinstance(fault, DoorFault))
    return any(isinstance(door, Refuse) for door in doors)


async def _until_ended(client: asyncio.Task[None], server: DrillServer, sink: Sink) -> None:
    """Wait until the client has ended, or stop it when it loops; raises what the harness itself did wrong."""
    loops = asyncio.get_running_loop().create_task(server.looping.wait())
    try:
        await asyncio.wait({client, loops}, return_when=asyncio.FIRST_COMPLETED)
        if server.journal.flooded:
            sink.crash(server.journal.flooded)
        if not client.done():
            sink.stop()
    finally:
        loops.cancel()
        if not client.done():
            client.cancel()
        await asyncio.gather(client, loops, return_exceptions=True)
    if not client.cancelled() and (fault := client.exception()):
        raise fault
