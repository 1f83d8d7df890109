"""What is asked of a client that was told to stop."""

from __future__ import annotations

from collections.abc import Callable

from ssedrill.judging.checks.check import NumberCheck
from ssedrill.judging.checks.stimulus import A_CANCEL
from ssedrill.judging.metrics import Measured
from ssedrill.model.record import CancelNumbers
from ssedrill.model.scenario import Unit

COUNT, DURATION = Unit.COUNT, Unit.DURATION


def _of_cancel(
    name: str, about: str, unit: Unit, value: Callable[[CancelNumbers], float | None], *, lacking: str = ""
) -> NumberCheck:
    def of_measured(measured: Measured) -> float | None:
        return None if measured.cancel is None else value(measured.cancel)

    return NumberCheck(name, about, unit, of_measured, stimulus=A_CANCEL, lacking=lacking)


CANCEL_CHECKS = (
    _of_cancel(
        "cancel_over",
        "The time from the moment at which the application stopped reading to the end of the call.",
        DURATION,
        lambda cancel: cancel.over_s,
        lacking="it had not ended by the deadline",
    ),
    _of_cancel(
        "cancel_closed",
        "The same to the moment at which the client had closed the connection of the answer under way.",
        DURATION,
        lambda cancel: cancel.closed_s,
        lacking="no answer was under way, or its connection was left open",
    ),
    _of_cancel(
        "cancel_left_open",
        "Connections with an answer under way that the client left open when it was told to stop.",
        COUNT,
        lambda cancel: cancel.left_open,
    ),
    _of_cancel(
        "cancel_tokens",
        "Tokens that were generated after the application had stopped reading.",
        COUNT,
        lambda cancel: cancel.tokens_after,
    ),
    _of_cancel(
        "cancel_shown",
        "Characters that the application was shown after it had stopped reading.",
        COUNT,
        lambda cancel: cancel.shown_after,
    ),
    _of_cancel(
        "cancel_requests",
        "Requests that were made after the application had stopped reading.",
        COUNT,
        lambda cancel: cancel.requests_after,
    ),
)
