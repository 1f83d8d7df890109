"""From numbers to a verdict: every check asked, and answered if it has an answer.

Some checks belong to every run: that the fault was met, that the client kept the patience it was given, and that
every request carries the credentials of the first. The others are asked if a scenario has them under ``[must]`` or
``[should]``. A question whose stimulus never came (was the wait kept, of a client that nobody asked to wait) is not
asked, and a MUST that was not asked proves nothing. One that has no answer (how long did recovery take, of a client
that did not recover) does not apply, and nothing follows. The outcome is always asked; if a scenario does not say
which it must be, it must be an honest one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ssedrill.judging.checks import CHECKS
from ssedrill.judging.checks.always import CREDENTIALS, FAULT_MET, PATIENCE
from ssedrill.judging.checks.check import Case
from ssedrill.judging.checks.outcome_check import HONEST, OVER
from ssedrill.judging.credentials import forgotten, handed_on
from ssedrill.judging.metrics import Measured
from ssedrill.judging.run_measures import RunMeasured
from ssedrill.model.record import Check, Outcome, Severity, Status, Verdict
from ssedrill.model.scenario import OUTCOME, Expectation, Scenario


def judge(
    scenario: Scenario,
    measured: Measured,
    outcome: Outcome,
    untested: str | None,
    *,
    can: frozenset[str] = frozenset(),
    one_of_several: bool = False,
) -> tuple[list[Check], Verdict]:
    """Ask every check and return the answers with the verdict they add up to; ``can`` is as in Case.

    ``one_of_several``: the scenario is that of one of several calls, in some of which a check need not be asked.
    """
    case = Case(scenario, measured, outcome, untested, can)
    if outcome is Outcome.UNSUPPORTED:
        return [], Verdict.UNSUPPORTED
    if outcome is Outcome.NOT_TESTED:
        return [FAULT_MET.answer(case)], Verdict.NOT_TESTED
    asked = scenario.expectations
    if not any(one.key == OUTCOME and one.severity is Severity.MUST for one in asked):
        asked = (HONEST if measured.cancel is None else OVER, *asked)
    always = [check for kind in (FAULT_MET, PATIENCE, CREDENTIALS) if (check := kind.answer(case)) is not None]
    checks = [*always, *(CHECKS[one.key].ask(case, one) for one in asked)]
    told = [one for one in checks if one.status is not Status.NOT_ASKED] if one_of_several else checks
    verdicts = [check.verdict for check in told if check.verdict is not None]
    return checks, max(verdicts, key=lambda verdict: verdict.badness)


def judge_run(scenario: Scenario, run: RunMeasured) -> list[Check]:
    """Ask what is asked of a whole run; these are no questions to one of its calls.

    Beside that, what is asked of calls may be broken between two of them. So may what is asked always: a key that one
    call had is forgotten in another, or handed on by a request that belongs to none.
    """
    asked = [CHECKS[one.key].ask_run(run, one) for one in scenario.expectations if one.of_run]
    questions = _of_calls(scenario) if len(run.calls) > 1 else {}
    between = (CHECKS[key].ask_between(run, one) for key, one in questions.items())
    asked += [check for check in between if check is not None]
    handed = "" if scenario.server.fallback else handed_on(run.of_no_call)
    wrong = handed or forgotten(call.wire for call in run.calls)
    return [*asked, *([CREDENTIALS.broken(wrong)] if wrong else [])]


def _of_calls(scenario: Scenario) -> dict[str, Expectation]:
    """Return what is asked of any call, each check once, as it is asked most strictly."""
    asked = [one for one in scenario.all_expectations if not one.of_run]
    return {one.key: one for one in sorted(asked, key=lambda one: one.severity is Severity.MUST)}


def judge_wire(scenario: Scenario, measured: Measured, run: RunMeasured) -> tuple[list[Check], Verdict]:
    """Ask what the wire alone can answer, whatever the client may have shown; ``measured`` is of its only call.

    The verdict is ``fail`` if that breaks a MUST. Else it is ``not-tested``: what was shown is for the rest to say.
    """
    case = Case(scenario, measured, Outcome.NOT_TESTED, None)
    asked = [one for one in scenario.expectations if CHECKS[one.key].of_wire]
    always = [check for check in [CREDENTIALS.answer(case)] if check is not None]
    checks = [*always, *(CHECKS[one.key].ask(case, one) for one in asked), *judge_run(scenario, run)]
    fails = any(check.verdict is Verdict.FAIL for check in checks)
    return checks, Verdict.FAIL if fails else Verdict.NOT_TESTED


def worst_of(verdict: Verdict, checks: Iterable[Check]) -> Verdict:
    """Return what checks make of a verdict that stood without them."""
    verdicts = [check.verdict for check in checks if check.verdict is not None]
    return max([verdict, *verdicts], key=lambda one: one.badness)


def unasked_everywhere(scenario: Scenario, calls: Sequence[tuple[int, Sequence[Check]]]) -> str | None:
    """Say which MUST was asked in none of the calls that it holds for, and why; None if each was in some.

    ``calls`` are the groups of the calls that proved something, each with its checks. What a scenario says holds for
    all groups that do not say it themselves, what a group says for its own calls.
    """
    for number, group in enumerate((None, *scenario.calls)):
        if group is not None and not group.expectations:
            continue
        own = [i for i, one in enumerate(scenario.calls, start=1) if (i == number if group else not one.expectations)]
        found = [check for in_group, checks in calls if in_group in own for check in checks]
        ids = dict.fromkeys(one.id for one in found if one.severity is Severity.MUST)
        for name in ids:
            asked = [one for one in found if one.id == name and one.severity is Severity.MUST]
            if all(one.status is Status.NOT_ASKED for one in asked):
                return asked[0].got
    return None


def why_unasked(checks: list[Check]) -> str | None:
    """Say which MUST was not asked, and why; None if all were."""
    return next((check.got for check in checks if check.verdict is Verdict.NOT_TESTED), None)


def why_unable(scenario: Scenario, can: frozenset[str]) -> str | None:
    """Say which MUST needs what a client can't, if one does: no run of it would prove anything."""
    musts = [CHECKS[one.key] for one in scenario.all_expectations if one.severity is Severity.MUST]
    lacking = next((check.needs for check in musts if check.needs is not None and check.needs not in can), None)
    if lacking is None:
        return None
    how = f'a function by `can = {{"{lacking}"}}`, a program by {{"can": ["{lacking}"]}} in its first line'
    return f"does not say that it can tell its {lacking}, which {scenario.name} must ask for ({how})"
