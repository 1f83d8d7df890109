"""The run behind a drill of a test: opened, told of, judged and closed, on whatever clock the test lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from ssedrill.clock.clock import Clock
from ssedrill.dialects import find_dialect
from ssedrill.dialects.call import API_KEY
from ssedrill.drivers.in_process.function_call import tell_failure
from ssedrill.drivers.program.environment import sdk_variables
from ssedrill.drivers.target import Target
from ssedrill.judging.checks.outcome_check import HONEST, HONEST_OUTCOMES
from ssedrill.model.record import Record
from ssedrill.model.scenario import OUTCOME, Scenario
from ssedrill.running.hand_run import HandRun, NoMoreCalls, OpenCall
from ssedrill.running.job import Job
from ssedrill.running.open_drill import SETTLE_S, new_segment
from ssedrill.running.portal import Portal
from ssedrill.server.listener import reserve
from ssedrill.server.run_address import RunAddress

T = TypeVar("T")

OVER = "the drill is over: what the test does after it is not heard"


class Served:
    """One job, served for a test. Its address is known at once, and is this test's alone.

    The only call of a scenario without ``[[call]]`` is begun for the test, unless the test does it. ``hung_up`` is as
    in HandRun.
    """

    def __init__(self, job: Job, hung_up: Callable[[], object]) -> None:
        self.job = job
        self.expected: Scenario | None = None
        """The scenario with what the test has expected in place of its own bounds, once it has."""
        self.met = False
        """What the test has expected was so when it was asked."""
        self._hung_up = hung_up
        self._segment = new_segment()
        self._port = reserve()
        address = RunAddress(self._port.getsockname()[1], self._segment)
        self._ask = find_dialect(job.dialect).ask
        self.url = self._ask.url(address.origin + address.path)
        self._run: HandRun | None = None
        self._portal: Portal | None = None  # none any more once the run is over
        self._call: OpenCall | None = None  # the one that was begun for the test
        self._settled = False

    @property
    def is_begun(self) -> bool:
        """It listens, or did."""
        return self._run is not None

    @property
    def since(self) -> Scenario | None:
        """The scenario with what must still be so at the end if what was expected was met; None if it was not."""
        if self.expected is None or not self.met:
            return None
        named = (one.bound for one in self.expected.expectations if one.key == OUTCOME)
        bounds = (*(bound for bound in named if isinstance(bound, tuple)), HONEST_OUTCOMES)
        outcomes = tuple(dict.fromkeys(outcome for bound in bounds for outcome in bound))
        return replace(self.expected, expectations=(replace(HONEST, bound=outcomes),))

    @property
    def run(self) -> HandRun:
        """The run; fails the test if it is not begun yet."""
        if self._run is None:
            pytest.fail("on the virtual clock a drill begins with the test's body, and can be told nothing before")
        return self._run

    def environment(self, *, own: bool) -> dict[str, str]:
        """Return what points SDKs at it: those of every protocol, or of its ``own`` alone."""
        if own:
            return self._ask.environment(self.url, API_KEY)
        return sdk_variables({"url": self.url, "api_key": API_KEY, "dialect": self.job.dialect})

    def open(self, portal: Portal, clock: Clock) -> None:
        """Listen, on the loop of the portal."""
        self._portal = portal
        self._run = portal.do(
            lambda: HandRun(self.job, clock, segment=self._segment, port=self._port, hung_up=self._hung_up)
        )

    def begin(self) -> None:
        """The body of the test begins: so may the only call."""
        if not self.job.scenario.calls:
            self._call = self._do(lambda: self.run.begin_call(when_asked=True))

    def begin_call(self) -> OpenCall:
        """Begin a call for the test, which says so; fails it if there is no other."""
        call, self._call = self._call, None
        if call is not None and not call.target.sink.journal.entries:
            self._do(lambda: self.run.begin_anew(call))
            return call
        try:
            return self._do(self.run.begin_call)
        except NoMoreCalls as error:
            why = str(error)
        pytest.fail(f"drill.call(): {why}", pytrace=False)

    def end_call(self, call: OpenCall) -> None:
        """End it, as the test says."""
        self._settled = False
        self._do(lambda: self.run.end_call(call))

    def only_target(self) -> Target:
        """Return the target of the call that was begun for the test; fails it if there is none such."""
        self._settled = False
        if self.job.scenario.calls:
            pytest.fail(f"{self.job.scenario.name} has several calls: write `with drill.call() as call:` for each")
        if self.run and self._portal is None:
            pytest.fail(OVER)
        if self._call is None:
            pytest.fail("tell it to the call: `with drill.call() as call:` has begun the only one that there is")
        return self._call.target

    def record(self, scenario: Scenario | None = None) -> Record:
        """Judge the run so far, by its own scenario or by this one."""
        run = self.run
        if self._portal is None:
            return run.record(scenario=scenario)
        at = run.t()
        if not self._settled and not self._portal.is_here():  # what the client has left behind is on its way
            self._portal.sleep(SETTLE_S)
            self._settled = True
        return self._do(lambda: run.record(complete_t=at, scenario=scenario))

    def body_ended(self, error: BaseException | None) -> None:
        """The body of the test has ended, by an error perhaps: say so of the call that was begun for it."""
        if self._call is None or self._portal is None:
            return
        sink = self._call.target.sink
        if isinstance(error, Exception) and not isinstance(error, AssertionError):
            tell_failure(sink, error)
        elif error is None and any(one.kind == "text" for one in sink.journal.entries):
            sink.add("done")

    async def close(self) -> None:
        """End the run, on its loop: what is read from now on is final."""
        if self._run is not None:
            await self._run.close()
            self._portal = None

    def discard(self) -> None:
        """Give up the port, if the run was never begun."""
        if self._run is None:
            self._port.close()

    def _do(self, function: Callable[[], T]) -> T:
        if self._portal is None:
            pytest.fail(OVER)
        return self._portal.do(function)
