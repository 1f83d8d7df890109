"""Whether every wait that an answer asked for was kept (RFC 9110, 10.2.3)."""

from __future__ import annotations

from ssedrill.judging.checks.check import Case, CheckKind
from ssedrill.judging.checks.stimulus import A_WAIT
from ssedrill.model.record import Check
from ssedrill.model.scenario import Expectation, Unit

NOTHING_FOLLOWED = "no request followed the wait that was asked for"

SLACK_S = 0.005
"""A wait may fall this much short of what was asked: the client counts from when it read the answer."""


class RetryAfterCheck(CheckKind):
    """It arises if an answer asked for a wait, and has an answer if another request followed."""

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Look at the wait that was cut short by most."""
        short = case.measured.broke_retry_after_s
        if short is None:
            return None
        got = "kept" if short <= SLACK_S else f"broken: {short:.3f} s too early"
        return self.said(expectation.severity, short <= SLACK_S, "kept", got)


RETRY_AFTER = RetryAfterCheck(
    "retry_after",
    "Every wait that an answer asked for was kept, to the moment of the next request.",
    Unit.KEPT,
    stimulus=A_WAIT,
    lacking=NOTHING_FOLLOWED,
    of_wire=True,
)
