"""A drill in a test: where the code under test is sent, what it showed, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from ssedrill.clock.clock import Clock
from ssedrill.dialects import find_dialect
from ssedrill.dialects.call import API_KEY
from ssedrill.drivers.program.environment import sdk_variables
from ssedrill.drivers.target import Target
from ssedrill.loading.expectations import read_expectations
from ssedrill.loading.problems import Report
from ssedrill.model.numbers import Numbers
from ssedrill.model.record import Outcome, Record, Verdict
from ssedrill.model.scenario import Scenario
from ssedrill.pytest_plugin.call import Call
from ssedrill.pytest_plugin.shown import Shown
from ssedrill.pytest_plugin.told import failure, passes
from ssedrill.running.hand_run import HandRun, NoMoreCalls, OpenCall
from ssedrill.running.job import Job
from ssedrill.running.open_drill import SETTLE_S, new_segment
from ssedrill.running.portal import Portal
from ssedrill.server.listener import reserve
from ssedrill.server.run_address import RunAddress

T = TypeVar("T")


class Drill(Shown):
    """One scenario, served at ``url`` for one test.

    What is told to the drill itself is said of the scenario's only call, which begins with the first request, and is
    complete when the test's body ends. ``with drill.call() as call`` says both to the letter, and is the way to make
    several calls.
    """

    def __init__(self, job: Job, hung_up: Callable[[], object]) -> None:
        super().__init__(self._only)
        self._expected: Scenario | None = None  # with what the test has judged it by
        self._job = job
        self._hung_up = hung_up
        self._segment = new_segment()
        self._port = reserve()
        address = RunAddress(self._port.getsockname()[1], self._segment)
        self._ask = find_dialect(job.dialect).ask
        self._url = self._ask.url(address.origin + address.path)
        self._run: HandRun | None = None
        self._portal: Portal | None = None  # none any more once the run is over
        self._call: OpenCall | None = None  # the one that was begun for the test
        self._settled = False

    @property
    def url(self) -> str:
        """Where to send the code under test: the base URL that an SDK of this protocol is given."""
        return self._url

    @property
    def fallback_url(self) -> str:
        """Where it is to turn when that fails; empty if the scenario has no such place."""
        return self._begun().fallback_url

    @property
    def api_key(self) -> str:
        """A key that looks like one and opens nothing."""
        return API_KEY

    @property
    def patience_s(self) -> float:
        """How long the code under test may wait for the next byte: the read timeout to give it, in seconds."""
        return self._job.scenario.patience_s

    @property
    def deadline_s(self) -> float:
        """How long a call may take; then the server hangs up, and the call counts as hung. In seconds."""
        return self._job.scenario.deadline_s

    @property
    def scenario(self) -> Scenario:
        """What is served."""
        return self._job.scenario

    @property
    def dialect(self) -> str:
        """The protocol in which it is served."""
        return self._job.dialect

    @property
    def seed(self) -> int:
        """What decides the text of the answers."""
        return self._job.seed

    def call(self) -> Call:
        """Return the next call of the scenario, for a ``with`` statement."""
        return Call(self)

    @property
    def record(self) -> Record:
        """Everything about the run so far, judged by the scenario's own [must] and [should]."""
        return self._record(None)

    @property
    def outcome(self) -> Outcome:
        """What came of it so far, in a word."""
        return self.record.outcome

    @property
    def verdict(self) -> Verdict:
        """What the scenario's own checks make of it so far."""
        return self.record.verdict

    @property
    def numbers(self) -> Numbers:
        """All that was counted and timed so far; times in seconds."""
        return self.record.numbers

    def expect(self, **must: Any) -> Record:
        """Judge the run so far by the keys of [must], in place of the scenario's own, and return the record.

        Raises AssertionError if one of them is broken or the fault was not met, and BadScenario for a key or a bound
        that no scenario could have. What a scenario must not be is asked too, unless ``outcome`` is among them.
        """
        __tracebackhide__ = True
        report = Report("drill.expect()")
        asked = read_expectations({"must": must}, report)
        report.raise_if_any()
        scenario = self._job.scenario
        groups = tuple(replace(group, expectations=()) for group in scenario.calls)
        self._expected = replace(scenario, expectations=asked, calls=groups)
        record = self._record(self._expected)
        if not passes(record):
            raise AssertionError(failure(record))
        return record

    # For the plugin.

    def environment(self) -> dict[str, str]:
        """Return what points the SDKs of every protocol at this drill."""
        return sdk_variables({"url": self.url, "api_key": API_KEY, "dialect": self.dialect})

    def own_environment(self) -> dict[str, str]:
        """Return what points the SDKs of its own protocol at this drill."""
        return self._ask.environment(self.url, API_KEY)

    def open(self, portal: Portal, clock: Clock) -> None:
        """Listen, on the loop of the portal."""
        self._portal = portal
        self._run = portal.do(
            lambda: HandRun(self._job, clock, segment=self._segment, port=self._port, hung_up=self._hung_up)
        )

    def begin(self) -> None:
        """The body of the test begins: so may the only call."""
        if not self._job.scenario.calls:
            self._call = self._do(lambda: self._begun().begin_call(when_asked=True))

    def body_ended(self, error: BaseException | None) -> None:
        """The body of the test has ended, by an error perhaps: say so of the call that is open."""
        call = self._call
        if call is None or call.log.ended_t is not None or self._portal is None:
            return
        own = isinstance(error, AssertionError)
        entries = call.target.sink.journal.entries
        if isinstance(error, Exception) and not own:
            self.failed(error)
        elif error is None and any(one.kind == "text" for one in entries):
            call.target.sink.add("done")

    async def close(self) -> None:
        """End the run; on its loop. What is read from now on is final."""
        if self._run is not None:
            await self._run.close()
            self._portal = None

    def discard(self) -> None:
        """Give up the port, if the run never began."""
        if self._run is None:
            self._port.close()

    @property
    def judged(self) -> bool:
        """The test has judged it by expect()."""
        return self._expected is not None

    @property
    def final(self) -> Record:
        """Everything about the run, judged by what the test has expected, if it has."""
        return self._record(self._expected)

    @property
    def has_run(self) -> bool:
        """The run was begun."""
        return self._run is not None

    # For calls.

    def _begin(self) -> OpenCall:
        run, call = self._begun(), self._call
        if call is not None and not call.target.sink.journal.entries and call.log.ended_t is None:
            self._do(lambda: run.begin_anew(call))
            self._call = None
            return call
        try:
            return self._do(run.begin_call)
        except NoMoreCalls as error:
            why = str(error)
        pytest.fail(f"drill.call(): {why}", pytrace=False)

    def _end(self, call: OpenCall) -> None:
        self._settled = False
        self._do(lambda: self._begun().end_call(call))

    def _only(self) -> Target:
        self._settled = False
        if self._job.scenario.calls:
            pytest.fail(f"{self._job.scenario.name} has several calls: write `with drill.call() as call:` for each")
        self._begun()
        if self._call is None:
            pytest.fail("tell it to the call: `with drill.call() as call:` has begun the only one that there is")
        return self._call.target

    def _begun(self) -> HandRun:
        if self._run is None:
            pytest.fail("on the virtual clock a drill begins with the test's body, and can be told nothing before")
        return self._run

    def _record(self, scenario: Scenario | None) -> Record:
        run = self._begun()
        if self._portal is None:
            return run.record(scenario=scenario)
        at = run.t()
        if not self._settled and not self._portal.is_here():  # what the client has left behind is on its way
            self._portal.sleep(SETTLE_S)
            self._settled = True
        return self._do(lambda: run.record(complete_t=at, scenario=scenario))

    def _do(self, function: Callable[[], T]) -> T:
        if self._portal is None:
            pytest.fail("the drill is over: what the test does after it is not heard")
        return self._portal.do(function)
