"""A drill as a test has it: where the code under test is sent, what it showed, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ssedrill.dialects.call import API_KEY
from ssedrill.loading.expectations import read_expectations
from ssedrill.loading.problems import Report
from ssedrill.model.numbers import Numbers
from ssedrill.model.record import Outcome, Record, Verdict
from ssedrill.model.scenario import Scenario
from ssedrill.pytest_plugin.call import Call
from ssedrill.pytest_plugin.served import Served
from ssedrill.pytest_plugin.shown import Shown
from ssedrill.pytest_plugin.told import failure, passes


class Drill(Shown):
    """One scenario, served at ``url`` for one test.

    What is told to the drill itself is said of the scenario's only call, which begins with the first request, and is
    complete when the test's body ends. ``with drill.call() as call`` says both to the letter, and is the way to make
    several calls.
    """

    def __init__(self, served: Served) -> None:
        super().__init__(served.only_target)
        self._served = served

    @property
    def url(self) -> str:
        """Where to send the code under test: the base URL that an SDK of this protocol is given."""
        return self._served.url

    @property
    def fallback_url(self) -> str:
        """Where it is to turn when that fails; empty if the scenario has no such place."""
        return self._served.run.fallback_url

    @property
    def api_key(self) -> str:
        """A key that looks like one and opens nothing."""
        return API_KEY

    @property
    def patience_s(self) -> float:
        """How long the code under test may wait for the next byte: the read timeout to give it, in seconds."""
        return self.scenario.patience_s

    @property
    def deadline_s(self) -> float:
        """How long a call may take; then the server hangs up, and the call counts as hung. In seconds."""
        return self.scenario.deadline_s

    @property
    def scenario(self) -> Scenario:
        """What is served."""
        return self._served.job.scenario

    @property
    def dialect(self) -> str:
        """The protocol in which it is served."""
        return self._served.job.dialect

    @property
    def seed(self) -> int:
        """What decides the text of the answers."""
        return self._served.job.seed

    def call(self) -> Call:
        """Return the next call of the scenario, for a ``with`` statement."""
        return Call(self._served)

    @property
    def record(self) -> Record:
        """Everything about the run so far, judged by the scenario's own [must] and [should]."""
        return self._served.record()

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

        Raises AssertionError if one of them is broken or the fault was not met, and fails the test for a key or bound
        that no scenario could have. If no ``outcome`` is among them, it must be an honest one. The last expectation
        counts at the end of the test, too: what was broken must be right by then, whoever has caught the error; and
        whatever was shown since, the outcome must be one that was expected, or an honest one.
        """
        __tracebackhide__ = True
        report = Report("drill.expect()")
        asked = read_expectations({"must": must}, report)
        if report.problems:
            pytest.fail("\n".join(map(str, report.problems)))
        groups = tuple(replace(group, expectations=()) for group in self.scenario.calls)
        self._served.expected = replace(self.scenario, expectations=asked, calls=groups)
        record = self._served.record(self._served.expected)
        self._served.met = passes(record)
        if not self._served.met:
            raise AssertionError(failure(record))
        return record
