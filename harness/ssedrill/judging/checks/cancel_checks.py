"""What is asked of a client that was told to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import inf

from ssedrill.judging.checks.check import Case, NumberCheck
from ssedrill.judging.checks.stimulus import A_CANCEL
from ssedrill.judging.metrics import Measured
from ssedrill.model.record import CancelNumbers, Check
from ssedrill.model.scenario import Comparison, Expectation, Unit


@dataclass(frozen=True)
class UntilCheck(NumberCheck):
    """How long until something has happened; what ``never`` did took longer than any time."""

    never: Callable[[CancelNumbers], str] = field(kw_only=True)

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Compare the time with the bound, also if there is no end to it."""
        cancel, bound = case.measured.cancel, expectation.bound
        if cancel is None or not (how := self.never(cancel)):
            return super().answer(case, expectation)
        assert isinstance(bound, Comparison)
        return self.said(expectation.severity, bound.holds(inf), bound.written, how)


def _until(
    name: str,
    about: str,
    value: Callable[[CancelNumbers], float | None],
    never: Callable[[CancelNumbers], str],
    lacking: str,
) -> NumberCheck:
    return UntilCheck(
        name, about, Unit.DURATION, partial(_of, value), stimulus=A_CANCEL, lacking=lacking, never=never
    )


def _count(name: str, about: str, value: Callable[[CancelNumbers], float | None]) -> NumberCheck:
    return NumberCheck(name, about, Unit.COUNT, partial(_of, value), stimulus=A_CANCEL)


def _of(value: Callable[[CancelNumbers], float | None], measured: Measured) -> float | None:
    return None if measured.cancel is None else value(measured.cancel)


CANCEL_CHECKS = (
    _until(
        "cancel_over",
        "The time from the moment at which the application stopped reading to the end of the call.",
        lambda cancel: cancel.over_s,
        lambda cancel: "it had not ended by the deadline" if cancel.over_s is None else "",
        lacking="it had not ended by the deadline",
    ),
    _until(
        "cancel_closed",
        "The same to the moment at which the client had closed the connection of the answer under way.",
        lambda cancel: cancel.closed_s,
        lambda cancel: "left open" if cancel.left_open else "",
        lacking="no answer was under way",
    ),
    _count(
        "cancel_left_open",
        "Connections with an answer under way that the client left open when it was told to stop.",
        lambda cancel: cancel.left_open,
    ),
    _count(
        "cancel_tokens",
        "Tokens that were generated after the application had stopped reading.",
        lambda cancel: cancel.tokens_after,
    ),
    _count(
        "cancel_shown",
        "Characters that the application was shown after it had stopped reading.",
        lambda cancel: cancel.shown_after,
    ),
    _count(
        "cancel_requests",
        "Requests that were made after the application had stopped reading.",
        lambda cancel: cancel.requests_after,
    ),
)
