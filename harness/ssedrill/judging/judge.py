"""From numbers to a verdict: every check asked, and answered if it has an answer.

Some checks belong to every run: that the fault was met, that the client kept the patience it was given, and that
every request carries the credentials of the first. The others are asked if a scenario has them under ``[must]`` or
``[should]``. A question whose stimulus never came (was the wait kept, of a client that nobody asked to wait) is not
asked, and a MUST that was not asked proves nothing. One that has no answer (how long did recovery take, of a client
that did not recover) does not apply, and nothing follows. The outcome is always asked; if a scenario does not say
which it must be, it must be an honest one.
"""

from __future__ import annotations

from ssedrill.judging.checks import CHECKS
from ssedrill.judging.checks.always import CREDENTIALS, FAULT_MET, PATIENCE
from ssedrill.judging.checks.check import Case
from ssedrill.judging.checks.outcome_check import HONEST
from ssedrill.judging.metrics import Measured
from ssedrill.model.record import Check, Outcome, Severity, Verdict
from ssedrill.model.scenario import OUTCOME, Scenario


def judge(
    scenario: Scenario, measured: Measured, outcome: Outcome, untested: str | None
) -> tuple[list[Check], Verdict]:
    """Ask every check and return the answers with the verdict they add up to."""
    case = Case(scenario, measured, outcome, untested)
    if outcome is Outcome.UNSUPPORTED:
        return [], Verdict.UNSUPPORTED
    if outcome is Outcome.NOT_TESTED:
        return [FAULT_MET.answer(case)], Verdict.NOT_TESTED
    asked = scenario.expectations
    if not any(one.key == OUTCOME and one.severity is Severity.MUST for one in asked):
        asked = (HONEST, *asked)
    always = [check for kind in (FAULT_MET, PATIENCE, CREDENTIALS) if (check := kind.answer(case)) is not None]
    checks = [*always, *(CHECKS[one.key].ask(case, one) for one in asked)]
    verdicts = [check.verdict for check in checks if check.verdict is not None]
    return checks, max(verdicts, key=lambda verdict: verdict.badness)


def why_unasked(checks: list[Check]) -> str | None:
    """Say which MUST was not asked, and why; None if all were."""
    return next((check.got for check in checks if check.verdict is Verdict.NOT_TESTED), None)
