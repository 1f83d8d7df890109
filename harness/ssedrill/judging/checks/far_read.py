"""Whether a client read the answer that it calls complete, as the bytes that it took from its socket tell."""

from __future__ import annotations

from ssedrill.judging.checks.check import Case, CheckKind
from ssedrill.judging.checks.stimulus import A_TERMINAL
from ssedrill.judging.far_read import END, TERMINAL, unread
from ssedrill.model.record import Check, Claim
from ssedrill.model.scenario import Expectation, Unit


class ReadToCheck(CheckKind):
    """It has an answer if the client said "complete", and the system tells what it has read."""

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Look how far it read in the last answer."""
        assert isinstance(expectation.bound, str)
        if case.measured.claim is not Claim.COMPLETE:
            return None
        wrong = unread(case.measured.wire, expectation.bound)
        if wrong is None:
            return None
        return self.said(expectation.severity, not wrong, expectation.written, wrong or expectation.written)


READ_TO = ReadToCheck(
    "read_to",
    "The client had read the answer that it called complete up to its terminal event, or to the end of its body.",
    Unit.WORD,
    stimulus=A_TERMINAL,
    lacking="the client did not say that the answer was complete, or nobody can tell what it read",
    values={TERMINAL: "up to the terminal event", END: "all of the body"},
)
