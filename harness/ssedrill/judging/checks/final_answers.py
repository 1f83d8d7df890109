"""Answers that are the last word: there must be no other request after them."""

from __future__ import annotations

from ssedrill.judging.checks.check import Case, CheckKind
from ssedrill.judging.checks.stimulus import Prospect
from ssedrill.judging.final_answers import FINAL, asked_again, fits_any
from ssedrill.model.record import Check, Status
from ssedrill.model.scenario import Expectation, Unit


class NoRetryCheck(CheckKind):
    """It arises if an answer of one of the kinds that are named came."""

    def ask(self, case: Case, expectation: Expectation) -> Check:
        """Look for a request behind such an answer."""
        wrong = asked_again(case.measured.wire, _words(expectation))
        if wrong is None:
            why = f"no such answer came, so {self.id} proves nothing"
            return Check(self.id, expectation.severity, Status.NOT_ASKED, expectation.written, why)
        return self.said(expectation.severity, not wrong, f"none after {expectation.written}", wrong or "none")

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Ask; it always has a value."""
        return self.ask(case, expectation)

    def possible(self, prospect: Prospect, expectation: Expectation) -> bool:
        """Look for such an answer; a head that is made for a request is not known."""
        return any(fits_any(plan.ops, _words(expectation)) for plan in prospect.plans)


def _words(expectation: Expectation) -> tuple[str, ...]:
    assert isinstance(expectation.bound, tuple)
    return expectation.bound


NO_RETRY_AFTER = NoRetryCheck(
    "no_retry_after",
    "No request follows an answer that is the last word: "
    + "; ".join(f"{word}: {kind.about}" for word, kind in FINAL.items())
    + ".",
    Unit.NAMES,
    values={word: kind.about for word, kind in FINAL.items()},
    of_wire=True,
)
