"""The checks that belong to every run, whatever its scenario asks."""

from __future__ import annotations

from ssedrill.judging.checks.check import Case, CheckKind
from ssedrill.model.record import Check, Outcome, Severity, Status
from ssedrill.model.scenario import OUTCOME, Expectation


def allowed_silence_s(patience_s: float) -> float:
    """Return the silence that still counts as patience kept: timers of real clients are coarse (curl's: a second)."""
    return patience_s * 1.25 + 0.25


class FaultMetCheck(CheckKind):
    """A run whose fault did not reach the client proves nothing.

    Nor does one in which the client never came in the way that a fault is meant for, unless a flaw was seen
    before that, or the scenario says that it may fail loudly and so it did: then it need not come again.
    """

    def answer(self, case: Case, expectation: Expectation | None = None) -> Check:
        """Say whether the fault was met, or why not; behind the end of an answer there is no need to meet it."""
        never_came = case.measured.never_came
        if case.untested is None and never_came and not _may_leave_it_at_that(case):
            return Check(self.id, Severity.MUST, Status.NOT_ASKED, "the fault is met", never_came)
        got = case.untested or ("behind the end" if case.measured.behind_the_end else "met")
        return self.said(Severity.MUST, case.untested is None, "the fault is met", got)


def _may_leave_it_at_that(case: Case) -> bool:
    """Tell whether the client told of its failure, and the scenario names that among what must come of it."""
    musts = (one.bound for one in case.scenario.expectations if (one.key, one.severity) == (OUTCOME, Severity.MUST))
    named = any(isinstance(bound, tuple) and case.outcome in bound for bound in musts)
    return named and case.outcome is Outcome.FAILED_LOUDLY


class PatienceCheck(CheckKind):
    """It has an answer if the client sat before one at all."""

    def answer(self, case: Case, expectation: Expectation | None = None) -> Check:
        """Compare the longest silence with what the client was told to bear."""
        got = case.measured.numbers.longest_silence_s
        patience_s = case.scenario.patience_s
        limit = allowed_silence_s(patience_s)
        expected = f"silence <= {limit:g} s (patience {patience_s:g} s)"
        if got is None:
            return Check(self.id, Severity.MUST, Status.DOES_NOT_APPLY, expected, self.lacking)
        return self.said(Severity.MUST, got <= limit, expected, f"{got:.3f} s")


class CredentialsCheck(CheckKind):
    """It arises if the first request says who asks, and another one follows; or where a key is handed on."""

    expected = "with every request to the origin of the first, and to no other"

    def answer(self, case: Case, expectation: Expectation | None = None) -> Check | None:
        """Look at the first request that does not say it."""
        dropped = case.measured.credentials_dropped
        if dropped is None:
            return None
        return self.broken(dropped) if dropped else self.said(Severity.MUST, True, self.expected, "kept")

    def broken(self, how: str) -> Check:
        """Say which request broke it, and how."""
        return self.said(Severity.MUST, False, self.expected, how)


FAULT_MET = FaultMetCheck(
    "fault-met", "The fault took effect on the wire while the client was there to meet it.", None
)
PATIENCE = PatienceCheck(
    "patience", "The client never sat before a silent wire for longer than the patience it was given.", None
)
CREDENTIALS = CredentialsCheck(
    "credentials",
    "Every request to the origin of the first carries its credentials, and none to another origin does.",
    None,
)
