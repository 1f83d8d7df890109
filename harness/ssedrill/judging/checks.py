"""From numbers to verdicts: named questions with stable ids.

Some checks belong to every run: that the fault was met, and that the client kept the patience it was given. The
others are asked if a scenario has them under ``[must]`` or ``[should]``. A question that does not arise (how long
did recovery take, of a client that did not recover) is not asked; the outcome always is, and if a scenario does
not say which it must be, it must be an honest one.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ssedrill.judging.metrics import Measured
from ssedrill.model.record import Check, Outcome, Severity, Status, Verdict
from ssedrill.model.scenario import Comparison, Expectable, Expectation, Scenario, Unit

FAULT_MET = "fault-met"
PATIENCE = "patience"

HONEST = (Outcome.CLEAN, Outcome.RECOVERED, Outcome.DEGRADED, Outcome.FAILED_LOUDLY)
"""What must come of a run if the scenario does not say it."""

RETRY_AFTER_SLACK_S = 0.005
"""A wait may fall this much short of what was asked: the client counts from when it read the answer."""

CATALOGUE: Mapping[str, str] = MappingProxyType(
    {
        FAULT_MET: "The fault took effect on the wire while the client was there to meet it.",
        PATIENCE: "The client never sat before a silent wire for longer than the patience it was given.",
        Expectable.OUTCOME: "The outcome is one of those that the scenario names.",
        Expectable.REQUESTS: "HTTP requests made for the one logical call.",
        Expectable.RETRIES: "Requests after the first.",
        Expectable.DUPLICATES: "Tokens that the application was shown twice.",
        Expectable.WITHDRAWN: "Tokens that were shown and then taken back.",
        Expectable.WASTED: "Tokens that were generated and thrown away: what the retries cost.",
        Expectable.RECOVERY: "The worst time from a fault to text that is new to the application.",
        Expectable.ELAPSED: "How long the whole call took.",
        Expectable.GAP: "The shortest time between the end of an answer and the next request.",
        Expectable.RETRY_AFTER: "Every wait that an answer asked for was kept, to the moment of the next request.",
        Expectable.OVERSLEPT: "How much longer than asked for the client waited.",
    }
)
"""Each check's id and what it asks; the table from which every list of checks is made."""


def allowed_silence_s(patience_s: float) -> float:
    """Return the silence that still counts as patience kept: timers of real clients are coarse (curl's: a second)."""
    return patience_s * 1.25 + 0.25


def judge(
    scenario: Scenario, measured: Measured, outcome: Outcome, untested: str | None
) -> tuple[list[Check], Verdict]:
    """Ask every check that arises and return the answers with the verdict they add up to."""
    checks = [_check(FAULT_MET, Severity.MUST, untested is None, "the fault is met", untested or "met")]
    if outcome is Outcome.UNSUPPORTED:
        return [], Verdict.UNSUPPORTED
    if outcome is Outcome.NOT_TESTED:
        return checks, Verdict.NOT_TESTED
    checks += _patience(scenario, measured)
    if not any(one.key is Expectable.OUTCOME and one.severity is Severity.MUST for one in scenario.expectations):
        checks += _expected(Expectation(Expectable.OUTCOME, Severity.MUST, HONEST), measured, outcome)
    for expectation in scenario.expectations:
        checks += _expected(expectation, measured, outcome)
    return checks, max((check.verdict for check in checks), key=lambda verdict: verdict.badness)


def _check(id_: str, severity: Severity, ok: bool, expected: str, got: str) -> Check:
    return Check(id_, severity, Status.OK if ok else Status.BROKEN, expected, got)


def _patience(scenario: Scenario, measured: Measured) -> list[Check]:
    if measured.numbers.longest_silence_s is None:
        return []
    limit = allowed_silence_s(scenario.patience_s)
    got = measured.numbers.longest_silence_s
    expected = f"silence <= {limit:g} s (patience {scenario.patience_s:g} s)"
    return [_check(PATIENCE, Severity.MUST, got <= limit, expected, f"{got:.3f} s")]


def _expected(expectation: Expectation, measured: Measured, outcome: Outcome) -> list[Check]:
    key, severity, bound = expectation.key, expectation.severity, expectation.bound
    if key is Expectable.OUTCOME:
        assert isinstance(bound, tuple)
        return [_check(key, severity, outcome in bound, " or ".join(bound), outcome)]
    if key is Expectable.RETRY_AFTER:
        short = measured.broke_retry_after_s
        if short is None:
            return []
        got = "kept" if short <= RETRY_AFTER_SLACK_S else f"broken: {short:.3f} s too early"
        return [_check(key, severity, short <= RETRY_AFTER_SLACK_S, "kept", got)]
    value = _value(key, measured)
    if value is None:
        return []
    assert isinstance(bound, Comparison)
    got = f"{value:.3f} s" if key.unit is Unit.DURATION else f"{value:g}"
    return [_check(key, severity, bound.holds(value), bound.written, got)]


def _value(key: Expectable, measured: Measured) -> float | None:
    numbers = measured.numbers
    match key:
        case Expectable.REQUESTS:
            return numbers.requests
        case Expectable.RETRIES:
            return numbers.retries
        case Expectable.DUPLICATES:
            return numbers.duplicates
        case Expectable.WITHDRAWN:
            return numbers.withdrawn
        case Expectable.WASTED:
            return numbers.wasted_tokens
        case Expectable.RECOVERY:
            return numbers.recovery.total_s
        case Expectable.ELAPSED:
            return numbers.elapsed_s
        case Expectable.GAP:
            return min(numbers.gaps_s, default=None)
        case Expectable.OVERSLEPT:
            return measured.overslept_s
        case Expectable.OUTCOME | Expectable.RETRY_AFTER:
            raise AssertionError(f"{key} is not a number")
