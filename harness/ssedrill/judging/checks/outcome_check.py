"""Whether the outcome is one of those that the scenario names."""

from __future__ import annotations

from ssedrill.judging.checks.check import Case, CheckKind
from ssedrill.model.record import Check, Outcome, Severity
from ssedrill.model.scenario import OUTCOME, Expectation, Unit

HONEST_OUTCOMES = (Outcome.CLEAN, Outcome.RECOVERED, Outcome.DEGRADED, Outcome.FAILED_LOUDLY)
HONEST = Expectation(OUTCOME, Severity.MUST, HONEST_OUTCOMES)
"""What must come of a run if the scenario does not say it."""
OVER = Expectation(OUTCOME, Severity.MUST, (Outcome.CANCELLED,))
"""What must come of a call that was told to stop before it had claimed anything, if the scenario does not say it."""


class OutcomeCheck(CheckKind):
    """The one question that is asked of every run that was tested."""

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Look the outcome up among those that are named."""
        bound = expectation.bound
        assert isinstance(bound, tuple)
        return self.said(expectation.severity, case.outcome in bound, expectation.written, case.outcome)


OUTCOME_CHECK = OutcomeCheck(OUTCOME, "The outcome is one of those that the scenario names.", Unit.OUTCOMES)
