"""The checks: the table that names them all, and from which every list of checks is made.

A check of a number is a line; one that needs more is a file beside this one and a line. Installed packages add theirs
under the entry points ``ssedrill.checks``.
"""

from __future__ import annotations

from ssedrill.judging.checks.always import CREDENTIALS, FAULT_MET, PATIENCE
from ssedrill.judging.checks.backoff import BACKOFF, JITTER
from ssedrill.judging.checks.cancel_checks import CANCEL_CHECKS
from ssedrill.judging.checks.carried import CURSOR, IDEMPOTENCY_KEY, SAME_BODY
from ssedrill.judging.checks.check import CheckKind, NumberCheck, RunNumberCheck
from ssedrill.judging.checks.error_class import ERROR_CLASS
from ssedrill.judging.checks.far_read import READ_TO
from ssedrill.judging.checks.final_answers import NO_RETRY_AFTER
from ssedrill.judging.checks.outcome_check import OUTCOME_CHECK
from ssedrill.judging.checks.stimulus import A_BREAK, A_TOKEN, A_WAIT, AN_ACT, TWO_BREAKS
from ssedrill.judging.checks.told import FINISH, USAGE
from ssedrill.judging.checks.waits_kept import NOTHING_FOLLOWED, RETRY_AFTER
from ssedrill.judging.retries import unsafe_repeats
from ssedrill.model.scenario import Scenario, Unit
from ssedrill_faults.extensions import Table

COUNT, DURATION = Unit.COUNT, Unit.DURATION


def wanted(scenario: Scenario) -> frozenset[str]:
    """Return what a scenario's checks ask of a client besides text."""
    asked = (CHECKS[one.key] for one in scenario.all_expectations)
    return frozenset(word for check in asked for word in (*([check.needs] if check.needs else ()), *check.wants))


_BUILT_IN: tuple[CheckKind, ...] = (
    FAULT_MET,
    PATIENCE,
    CREDENTIALS,
    OUTCOME_CHECK,
    NumberCheck(
        "requests",
        "HTTP requests made for the one logical call.",
        COUNT,
        lambda m: m.numbers.requests,
        of_wire=True,
    ),
    NumberCheck("retries", "Requests after the first.", COUNT, lambda m: m.numbers.retries, of_wire=True),
    NumberCheck("duplicates", "Tokens that the application was shown twice.", COUNT, lambda m: m.numbers.duplicates),
    NumberCheck("withdrawn", "Tokens that were shown and then taken back.", COUNT, lambda m: m.numbers.withdrawn),
    NumberCheck(
        "wasted",
        "Tokens that were generated and thrown away: what the retries cost.",
        COUNT,
        lambda m: m.numbers.wasted_tokens,
    ),
    NumberCheck(
        "recovery",
        "The worst time from a fault to text that is new to the application.",
        DURATION,
        lambda m: m.numbers.recovery.total_s,
        stimulus=A_BREAK,
        lacking="no new text came after the fault",
    ),
    NumberCheck(
        "first_token",
        "The time from the first request to the first text that the application was shown.",
        DURATION,
        lambda m: m.numbers.ttft_s,
        stimulus=A_TOKEN,
        lacking="no text was shown",
    ),
    NumberCheck("elapsed", "How long the whole call took.", DURATION, lambda m: m.numbers.elapsed_s),
    NumberCheck(
        "gap",
        "The shortest time between the end of an answer and the next request.",
        DURATION,
        lambda m: min(m.numbers.gaps_s, default=None),
        lacking="there was one request only",
        of_wire=True,
    ),
    RETRY_AFTER,
    NumberCheck(
        "overslept",
        "How much longer than asked for the client waited.",
        DURATION,
        lambda m: m.overslept_s,
        stimulus=A_WAIT,
        lacking=NOTHING_FOLLOWED,
        of_wire=True,
    ),
    *CANCEL_CHECKS,
    RunNumberCheck(
        "run_connections",
        "Connections that the client opened for all calls of the run.",
        COUNT,
        lambda run: run.connections,
    ),
    RunNumberCheck(
        "run_open_connections",
        "Connections that were still open when the client was gone; of a program, those that were held for an answer "
        "not read to its end when its last call was over.",
        COUNT,
        lambda run: run.open_connections,
        lacking="it was not measured: the end of a program closes its connections",
    ),
    RunNumberCheck(
        "run_retry_spread",
        "The time between the first and the last of the calls' first retries: clients that were told the same wait "
        "should not all come back at one moment.",
        DURATION,
        lambda run: run.retry_spread_s,
        stimulus=TWO_BREAKS,
        arises=lambda run: run.broken_calls > 1,
        lacking="fewer than two calls asked again",
    ),
    RunNumberCheck(
        "run_retry_peak",
        "The most of the calls' first retries within 100 ms.",
        COUNT,
        lambda run: run.retry_peak,
        stimulus=TWO_BREAKS,
        arises=lambda run: run.broken_calls > 1,
        lacking="fewer than two calls asked again",
    ),
    NumberCheck(
        "fallback_requests",
        "Requests that were made to the fallback, the second address that the client was given.",
        COUNT,
        lambda m: sum(one.listener != 1 for one in m.wire.requests),
        of_wire=True,
    ),
    SAME_BODY,
    IDEMPOTENCY_KEY,
    CURSOR,
    NumberCheck(
        "unsafe_retries",
        "Repetitions, without an idempotency key, of a request with effects that the server may have acted on "
        "(RFC 9110, 9.2.2).",
        COUNT,
        lambda m: unsafe_repeats(m.wire),
        stimulus=AN_ACT,
        wants=("idempotency_key",),
        of_wire=True,
    ),
    NO_RETRY_AFTER,
    BACKOFF,
    JITTER,
    READ_TO,
    USAGE,
    FINISH,
    ERROR_CLASS,
)


def _wrong(name: str, thing: object) -> str | None:
    if not isinstance(thing, CheckKind):
        return f"which is no CheckKind but of type {type(thing).__name__}"
    if thing.id != name:
        return f"whose id is {thing.id}: call the entry point so too"
    return None if thing.unit else "which has no unit, so that no scenario could ask for it"


CHECKS: Table[CheckKind] = Table("ssedrill.checks", {check.id: check for check in _BUILT_IN}, _wrong)
"""Every check by its id."""
