"""One drill of the control API: begun when it is made, told of what was shown, over when its calls are."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from ssedrill import __version__
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.dialects import find_dialect
from ssedrill.dialects.call import API_KEY, PROMPT
from ssedrill.drivers.by_hand import driven_by_hand
from ssedrill.model.codec import Json
from ssedrill.model.record import Check, Outcome, Record, RecordFile
from ssedrill.model.scenario import Scenario
from ssedrill.running.hand_run import TOLD_NOTHING, HandRun, NoMoreCalls, OpenCall, proves_nothing
from ssedrill.running.job import Job
from ssedrill.running.open_drill import Elsewhere, kept_apart, new_segment, shuts_the_door
from ssedrill.server.listener import HOST
from ssedrill.server.turnstile import Turnstile
from ssedrill.serving.bodies import CallMade, CheckView, DrillView, Judged, Shown, State, WireView
from ssedrill.serving.ports import Ports
from ssedrill.serving.refused import Refused

CLIENT = "served"
"""What the client is called in the record of a drill that anybody may have run."""


class ServedDrill:
    """Listens from the start, and is over when all its calls have ended or the server has hung up.

    The only call of a scenario without ``[[call]]`` begins with the first request. Its port and the segment of its
    address stay the same when it is begun anew. Made and used on one loop, whose drills share a ``turnstile``. Raises
    Refused if it can't be served now.
    """

    def __init__(
        self, name: str, scenario: Scenario, dialect: str, seed: int, ports: Ports, turnstile: Turnstile
    ) -> None:
        self.id = name
        self.job = Job(scenario, driven_by_hand(CLIENT, in_process=False), dialect, seed)
        self.round = 0
        self.port = 0
        self._ports = ports
        self._turnstile = turnstile
        self._segment = new_segment()
        self._apart = ExitStack()
        self._brief: tuple[tuple[str, int, str, int], dict[str, Json]] | None = None
        self._told = False
        self.final: Record | None = None
        """What came of it, once it is over."""
        self._over: asyncio.Task[None] | None = None
        self._turns = asyncio.Lock()
        self._gone = False
        self._open()

    @property
    def state(self) -> State:
        """See DrillView. What is over has its record."""
        if self._over is not None and (self.final is not None or self._over.done()):
            return "over"
        return "running" if self.run.is_visited else "waiting"

    def _open(self) -> None:
        if shuts_the_door(self.job.scenario):
            self._apart.enter_context(kept_apart(self.job, RealClock(), _busy))
        try:
            sock = self._ports.bind(self.port)
        except BaseException:
            self._apart.close()
            raise
        self.port = sock.getsockname()[1]
        self.round, self._told, self._over, self.final = self.round + 1, False, None, None
        self.run = HandRun(
            self.job,
            RealClock(),
            segment=self._segment,
            port=sock,
            hung_up=self._end,
            elsewhere=Elsewhere(self._ports.host != HOST, self._ports.bind, self._turnstile),
        )
        if not self.job.scenario.calls:
            self.run.begin_call(when_asked=True)

    def view(self, host: str) -> DrillView:
        """Return what is said of the drill to whoever reaches this server by such a host."""
        scenario = self.job.scenario
        url = _seen_by(host, self.run.url)
        return DrillView(
            id=self.id,
            scenario=scenario.name,
            about=scenario.about,
            dialect=self.job.dialect,
            seed=self.job.seed,
            round=self.round,
            state=self.state,
            url=url,
            fallback_url=_seen_by(host, self.run.fallback_url),
            port=self.port,
            path="/" + url.split("/", 3)[3],
            environment=find_dialect(self.job.dialect).ask.environment(url, API_KEY),
            api_key=API_KEY,
            prompt=PROMPT,
            patience_s=scenario.patience_s,
            deadline_s=scenario.deadline_s,
            calls=scenario.call_count,
            began=len(self.run.calls),
        )

    def brief(self, host: str) -> dict[str, Json]:
        """Return the same as JSON, made once for as long as nothing of it changes."""
        now = (host, self.round, self.state, len(self.run.calls))
        if self._brief is None or self._brief[0] != now:
            self._brief = now, self.view(host).model_dump(mode="json", exclude={"environment"})
        return self._brief[1]

    async def judged(self, host: str) -> Judged:
        """Return that with what has come of it so far."""
        seen, (checks, verdict) = self.view(host), self.run.on_wire()  # of this round, whatever comes meanwhile
        record = await self.judge()
        return Judged(
            **dict(seen),
            outcome=record.outcome,
            claim=record.claim,
            verdict=record.verdict,
            summary=record.summary,
            checks=_answers(record.checks),
            wire=WireView(verdict=verdict, checks=_answers(checks)),
        )

    def record(self) -> Record:
        """Return everything about the run so far. A client of which nobody has told anything is not called hung."""
        return self._judging()()

    async def judge(self) -> Record:
        """Return the same, judged in a thread: what a client has shown may be long, and other drills go on."""
        return await asyncio.to_thread(self._judging())

    def _judging(self) -> Callable[[], Record]:
        """Return what judges what there is now, from any thread."""
        if (final := self.final) is not None:
            return lambda: final
        judging, told = self.run.judging(), self._told

        def judge() -> Record:
            record = judging()
            silent = record.outcome is Outcome.HUNG and not told
            return proves_nothing(record, TOLD_NOTHING) if silent else record

        return judge

    async def record_file(self) -> RecordFile:
        """Return the file that reports read."""
        versions = {"ssedrill": __version__, "python": platform.python_version(), "platform": platform.platform()}
        return RecordFile(versions, [await self.judge()], planned=1, scenarios=[self.job.scenario.facts])

    def begin_call(self, host: str) -> CallMade:
        """Begin the next call of several. Raises Refused if there is none."""
        if not self.job.scenario.calls:
            raise Refused(409, f"{self.job.scenario.name} has one call", "it begins with the first request")
        self._check_open()
        try:
            call = self.run.begin_call()
        except NoMoreCalls as error:
            raise Refused(409, str(error), "POST /drills/{id}/reset begins the drill anew") from None
        target = call.target
        fallback = _seen_by(host, target.fallback_url)
        return CallMade(
            call=call.log.number, url=_seen_by(host, target.url), fallback_url=fallback, prompt=target.prompt
        )

    async def show(self, shown: Shown) -> None:
        """Take down what was shown, and how the call ended. Raises Refused."""
        self._check_open()
        call = self._call(shown.call)
        if shown.complete and shown.error is not None:
            raise Refused(400, "complete and error contradict each other", "a call ends by one of them")
        self._told = True
        _tell(call, shown)
        if shown.complete or shown.error is not None:
            self.run.end_call(call)
        if len(self.run.calls) == self.job.scenario.call_count and all(
            one.log.ended_t is not None for one in self.run.calls
        ):
            self._end()
        if self._over is not None:
            await asyncio.shield(self._over)

    async def reset(self) -> None:
        """Begin it anew at the same address, if its port can still be had. Raises Refused."""
        async with self._turns:  # or the run that a second one has begun would be nobody's
            if self._gone:
                raise Refused(404, "the drill was deleted meanwhile", "POST /drills makes another")
            await self.close()
            self._open()

    async def end_for_good(self) -> None:
        """End the run; there will be no other."""
        async with self._turns:
            self._gone = True
            await self.close()

    async def close(self) -> None:
        """End the run."""
        self._end()
        assert self._over is not None
        await asyncio.shield(self._over)

    def _end(self) -> None:
        if self._over is None:
            self._over = asyncio.get_running_loop().create_task(self._close())

    async def _close(self) -> None:
        try:
            await self.run.close()
            self.final = await self.judge()
        finally:
            self._apart.close()

    def _check_open(self) -> None:
        if self._over is None:
            return
        why = "its calls have ended, or the server has hung up at the deadline or at too many requests"
        raise Refused(409, f"the drill is over: {why}", "POST /drills/{id}/reset begins it anew")

    def _call(self, number: int) -> OpenCall:
        begun = self.run.calls
        if number > len(begun):
            several = bool(self.job.scenario.calls)
            right = "POST /drills/{id}/calls begins the next one" if several else "there is only call 1"
            raise Refused(409, f"call {number} has not begun", right)
        if begun[number - 1].log.ended_t is not None:
            raise Refused(409, f"call {number} has ended", "tell what was shown before complete or error")
        return begun[number - 1]


def _answers(checks: Sequence[Check]) -> list[CheckView]:
    return [
        CheckView(id=one.id, severity=one.severity, status=one.status, expected=one.expected, got=one.got)
        for one in checks
    ]


def _busy() -> None:
    why = "another run on this machine counts refused connections, as this one must"
    raise Refused(409, why, "ask again when that is over, or DELETE the drill that refuses")


def _seen_by(host: str, url: str) -> str:
    """Return a URL of this server as it is for whoever knows the server by such a host."""
    return url.replace(f"//{HOST}:", f"//{host}:", 1)


def _tell(call: OpenCall, shown: Shown) -> None:
    target = call.target
    if shown.restart:
        target.restart()
    if text := shown.text + "".join(shown.tokens):
        target.sink.add("text", text)
    if shown.usage:
        target.usage(**shown.usage)
    if shown.finish is not None:
        target.finish(shown.finish)
    if shown.complete:
        target.sink.add("done")
    elif isinstance(shown.error, str):
        target.sink.add("error", shown.error, "Error")
    elif shown.error is not None:
        target.sink.add("error", shown.error.message, shown.error.error_class)
