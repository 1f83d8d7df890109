"""A run that is begun, is told what the client showed, and is judged when somebody asks.

The client is run by somebody else, who is given an address for it: a test, or whoever asks a server over HTTP. Each
call is begun, its target's sink told what was shown in it, and ended. The record can be had at any time.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ssedrill.clock.clock import Clock
from ssedrill.drivers.target import Target
from ssedrill.model.call_log import CallLog
from ssedrill.model.record import Check, Outcome, Record, Verdict
from ssedrill.model.scenario import Scenario
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import WireJournal
from ssedrill.running.job import Job, secrets_of
from ssedrill.running.judged import on_wire, record_of
from ssedrill.running.open_drill import SETTLE_S, Elsewhere, OpenDrill, new_segment
from ssedrill.running.seen import Seen

TOLD_NOTHING = "nothing was told of what the client showed"
NO_END = "nothing was told of how the call ended"


class NoMoreCalls(ValueError):
    """Every call that the scenario has was begun."""


@dataclass
class OpenCall:
    """A call that was begun. Tell ``target.sink`` what was shown in it, and by ``done`` or ``error`` how it ended."""

    target: Target
    log: CallLog
    deadline: asyncio.Task[None]


class HandRun:
    """One run. Made and used on the loop of its clock; only the sinks of its calls may be told from any thread.

    A run goes on until it is closed. A call that is open at its deadline, or makes more requests than the scenario
    allows, has its sink stopped, and the server hangs up for good: a client that waits for ever comes back by that.
    ``hung_up`` is told of that. ``segment``, ``port`` and ``elsewhere`` are as in OpenDrill; an address may so be
    known before the run begins.
    """

    def __init__(
        self,
        job: Job,
        clock: Clock,
        *,
        segment: str = "",
        port: int | socket.socket = 0,
        hung_up: Callable[[], object] = lambda: None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._job = job
        self._clock = clock
        self._secrets = secrets_of(job)
        self._began = time.perf_counter()
        self._loop = asyncio.get_running_loop()
        self._open = OpenDrill(job, clock, segment or new_segment(), self._secrets, port=port, elsewhere=elsewhere)
        self._looping = self._loop.create_task(self._watch())
        self._hanging_up: asyncio.Task[None] | None = None
        self._ended_t: float | None = None
        self._over: WireJournal | None = None
        self._wall_s = 0.0
        self.calls: list[OpenCall] = []
        self._hung_up = hung_up

    @property
    def url(self) -> str:
        """Where the client is pointed, if the scenario has one call; else each call's target says it."""
        return self._open.url

    @property
    def fallback_url(self) -> str:
        """Where it is to turn when that fails; empty if the scenario has no such place."""
        return self._open.fallback_url

    @property
    def is_visited(self) -> bool:
        """Somebody has come to the server."""
        return self._open.server.visited.is_set()

    def begin_call(self, *, when_asked: bool = False) -> OpenCall:
        """Begin the next call of the scenario; ``when_asked``: when the first request comes. Raises NoMoreCalls."""
        number, scenario = len(self.calls) + 1, self._job.scenario
        if number > scenario.call_count:
            there = "one call, which has" if scenario.call_count == 1 else f"{scenario.call_count} calls, which have"
            raise NoMoreCalls(f"{scenario.name} has {there} begun already")
        target = self._open.target(number)
        target.sink.keeps_bases = True  # who judges may ask for them then
        log = CallLog(number, scenario.group_of(number), round(self._open.t(), 6), tokens=target.sink.journal)
        deadline = self._loop.create_task(self._until_deadline(log, target, when_asked=when_asked))
        self.calls.append(OpenCall(target, log, deadline))
        if scenario.calls:
            self._open.server.begin_call(number)
        return self.calls[-1]

    def begin_anew(self, call: OpenCall) -> None:
        """Let the only call of the run, of which nothing was said so far, begin now."""
        call.log.began_t = round(self._open.t(), 6)
        call.deadline.cancel()
        call.deadline = self._loop.create_task(self._until_deadline(call.log, call.target))

    def end_call(self, call: OpenCall) -> None:
        """Hear no more of a call; does nothing if it has ended."""
        if call.log.ended_t is not None:
            return
        call.log.ended_t = round(self._open.t(), 6)
        call.deadline.cancel()
        call.target.sink.close()
        if self._job.scenario.calls:
            self._open.server.end_call(call.log.number)

    def t(self) -> float:
        """Return the seconds since the run began; from any thread."""
        return round(self._open.t(), 6)

    def record(self, *, complete_t: float | None = None, scenario: Scenario | None = None) -> Record:
        """Judge what there is so far. A call of which nobody has told what came of it proves nothing.

        ``complete_t``: who has shown text in a call that is open, and said nothing else of it, claimed at this moment
        that the answer is complete. ``scenario`` is the run's with other expectations, to be judged by those.
        """
        return self.judging(complete_t=complete_t, scenario=scenario)()

    def judging(self, *, complete_t: float | None = None, scenario: Scenario | None = None) -> Callable[[], Record]:
        """Return what judges what there is now; it may be called from any thread, while the run goes on."""
        job = self._job if scenario is None else replace(self._job, scenario=scenario)
        logs = [replace(call.log, tokens=_said(call, complete_t)) for call in self.calls]
        several = bool(job.scenario.calls)
        seen = Seen(
            clock=self._clock.name,
            wire=self._wire(),
            tokens=TokenJournal() if several or not logs else logs[0].tokens,
            ended_t=round(self._open.t(), 6) if self._ended_t is None else self._ended_t,
            wall_s=self._wall_s or round(time.perf_counter() - self._began, 6),
            calls=logs if several else None,
            secrets=self._secrets,
            began_t=logs[0].began_t if logs else 0.0,
        )
        return lambda: _judged(job, seen, logs)

    def on_wire(self) -> tuple[list[Check], Verdict]:
        """Judge so far what the wire alone can answer, whatever was shown; see the function of that name."""
        return on_wire(self._job, self._wire(), self.t() if self._ended_t is None else self._ended_t, self._secrets)

    def live(self) -> WireJournal:
        """Return the journal itself, as it grows, with all that a request held: to be looked at and not kept."""
        return self._open.server.journal if self._over is None else self._over

    def told(self, text: str) -> str:
        """Return a text without the run's secrets."""
        return self._secrets.text(text)

    def _wire(self) -> WireJournal:
        return self._open.server.look() if self._over is None else self._over

    async def close(self) -> None:
        """End the run: its journals are complete then. Raises what the harness itself did wrong."""
        if self._over is not None:
            return
        for call in self.calls:
            self.end_call(call)
        self._ended_t = round(self._open.t(), 6)
        await asyncio.sleep(SETTLE_S)
        self._looping.cancel()
        await asyncio.wait({self._looping, *(call.deadline for call in self.calls)})
        try:
            if self._hanging_up is not None:
                await self._hanging_up
            await self._open.close()
        finally:
            self._over = self._open.server.journal
            self._wall_s = round(time.perf_counter() - self._began, 6)

    async def _until_deadline(self, log: CallLog, target: Target, *, when_asked: bool = False) -> None:
        if when_asked:
            await self._open.server.visited.wait()
            log.began_t = round(self._open.t(), 6)
        await self._job.client.driver.run(target, self._clock)
        self._hang_up()

    async def _watch(self) -> None:
        """Stop everything when the client loops, floods, or the harness has failed."""
        server = self._open.server
        await server.looping.wait()
        for call in self.calls:
            if server.journal.flooded:
                call.target.sink.crash(server.journal.flooded)
            if call.log.ended_t is None:
                call.target.sink.stop()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._hanging_up is None:
            self._hanging_up = self._loop.create_task(self._open.server.stop())
            self._hung_up()


def proves_nothing(record: Record, why: str) -> Record:
    """Return the record of a run of which too little is known to judge it."""
    summary = f"proves nothing: {why}"
    return replace(record, outcome=Outcome.NOT_TESTED, verdict=Verdict.NOT_TESTED, summary=summary, checks=[])


def _judged(job: Job, seen: Seen, logs: Sequence[CallLog]) -> Record:
    record = record_of(job, seen)
    if not record.outcome.is_tested or all(_has_ended(log.tokens) for log in logs):
        return record
    why = NO_END if any(log.tokens.entries for log in logs) else TOLD_NOTHING
    return proves_nothing(record, why)


def _said(call: OpenCall, complete_t: float | None) -> TokenJournal:
    """Return what was said in a call so far, or in all of it."""
    tokens = call.target.sink.journal.copy()
    shown = any(entry.kind == "text" for entry in tokens.entries)
    if complete_t is not None and call.log.ended_t is None and shown and not _has_ended(tokens):
        tokens.entries.append(TokenEntry(len(tokens.entries) + 1, complete_t, "done"))
    return tokens


def _has_ended(tokens: TokenJournal) -> bool:
    """Tell whether it is known how a call ended: the client has said it, or was stopped, or is dead."""
    claims = ("done", "error", "unsupported")
    return tokens.stopped or tokens.crashed is not None or any(entry.kind in claims for entry in tokens.entries)
