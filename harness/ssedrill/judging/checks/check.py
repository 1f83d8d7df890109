"""What a check is: a named question about one run, with a stable id."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ssedrill.judging.checks.stimulus import A_REQUEST, Prospect, Stimulus
from ssedrill.judging.metrics import Measured
from ssedrill.judging.run_measures import RunMeasured
from ssedrill.model.abilities import Ability
from ssedrill.model.record import Check, Outcome, Severity, Status
from ssedrill.model.scenario import Comparison, Expectation, Scenario, Unit


@dataclass(frozen=True, slots=True)
class Case:
    """What a check may look at."""

    scenario: Scenario
    measured: Measured
    outcome: Outcome
    untested: str | None  # why the run proves nothing, if it does not
    can: frozenset[str] = frozenset()  # what the client can besides text


@dataclass(frozen=True)
class CheckKind(ABC):
    """A question that can be asked of every run.

    ``id`` is its name in scenario files and records and never changes; ``about`` says in a sentence what it asks.
    ``unit`` says how its bound is written under ``[must]`` and ``[should]``, None if it belongs to every run and is
    not for scenario files to ask for. ``stimulus`` is what makes the question arise; ``lacking`` says why a run that
    had it may have no answer all the same. ``needs`` is what a client must be able to do, or it is not asked.
    ``values`` says what may stand as the bound, each with what it means, if that is a word or a list of names.
    """

    id: str
    about: str
    unit: Unit | None
    stimulus: Stimulus = field(default=A_REQUEST, kw_only=True)
    lacking: str = field(default="this run has no such value", kw_only=True)
    needs: Ability | None = field(default=None, kw_only=True)
    wants: tuple[str, ...] = field(default=(), kw_only=True)  # what else a client is asked to tell, if it can
    values: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    of_wire: bool = field(default=False, kw_only=True)  # whatever the client may have shown, the wire has the answer

    @abstractmethod
    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Answer the question as the scenario asks it, in a run that had the stimulus; None if it has no value."""

    def ask(self, case: Case, expectation: Expectation) -> Check:
        """Ask the question if it arises, and say so if it does not, or has no answer."""
        severity, expected = expectation.severity, expectation.written
        if self.needs is not None and self.needs not in case.can:
            return Check(self.id, severity, Status.NOT_ASKED, expected, f"the client can't tell its {self.needs}")
        if not self.stimulus.met(case.measured):
            return self._not_asked(expectation)
        answer = self.answer(case, expectation)
        return answer or Check(self.id, severity, Status.DOES_NOT_APPLY, expected, self.lacking)

    def ask_run(self, run: RunMeasured, expectation: Expectation) -> Check:
        """Ask the question of a whole run, if it is one of those: its id begins with ``run_``."""
        raise NotImplementedError(f"{self.id} is asked of a call")

    def ask_between(self, run: RunMeasured, expectation: Expectation) -> Check | None:
        """Say what is wrong between one call and another, that no call shows by itself; None if nothing is."""
        return None

    def possible(self, prospect: Prospect, expectation: Expectation) -> bool:
        """Tell of a scenario whether the question may arise as it is asked; False only if it is known not to."""
        return self.stimulus.possible(prospect)

    def _not_asked(self, expectation: Expectation) -> Check:
        why = f"{self.stimulus.absent}, so {self.id} proves nothing"
        return Check(self.id, expectation.severity, Status.NOT_ASKED, expectation.written, why)

    def said(self, severity: Severity, ok: bool, expected: str, got: str) -> Check:
        """Return the answer in the form of a record."""
        return Check(self.id, severity, Status.OK if ok else Status.BROKEN, expected, got)


@dataclass(frozen=True)
class NumberCheck(CheckKind):
    """A bound on a number: ``value`` takes it from what was measured, None if the run has it not."""

    value: Callable[[Measured], float | None]

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Compare the number with the bound."""
        value = self.value(case.measured)
        return None if value is None else _compared(self, value, expectation)


@dataclass(frozen=True)
class RunNumberCheck(CheckKind):
    """A bound on a number of a whole run: ``value`` takes it from what was measured, None if the run has it not.

    ``arises`` tells whether the question did; ``stimulus`` has the words for it, and says whether it may.
    """

    value: Callable[[RunMeasured], float | None]
    arises: Callable[[RunMeasured], bool] = field(default=lambda run: True, kw_only=True)

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """No call has an answer to it."""
        raise NotImplementedError(f"{self.id} is asked of a run")

    def ask_run(self, run: RunMeasured, expectation: Expectation) -> Check:
        """Compare the number with the bound."""
        if not self.arises(run):
            return self._not_asked(expectation)
        value = self.value(run)
        if value is None:
            return Check(self.id, expectation.severity, Status.DOES_NOT_APPLY, expectation.written, self.lacking)
        return _compared(self, value, expectation)


def _compared(kind: CheckKind, value: float, expectation: Expectation) -> Check:
    bound = expectation.bound
    assert isinstance(bound, Comparison)
    got = f"{value:.3f} s" if kind.unit is Unit.DURATION else f"{value:g}"
    return kind.said(expectation.severity, bound.holds(value), bound.written, got)
