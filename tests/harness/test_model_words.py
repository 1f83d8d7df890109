"""What follows from the words that all rooms share: kinds of requests, verdicts, outcomes, marks."""

from __future__ import annotations

import pytest

from ssedrill.model.record import Check, Outcome, Severity, Status, Verdict
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_mark import TokenMark
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import Plan


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("asks_for_answer", {"stream", "resume", "continue", "whole"}),
        ("starts_answer", {"stream", "whole"}),
        ("is_try", {"stream", "resume", "continue", "whole", "door"}),
        ("is_understood", {"stream", "resume", "continue", "whole", "gone"}),
        ("is_attempt", {"stream", "resume", "continue", "whole", "gone", "door"}),
    ],
)
def test_kinds_of_requests(name: str, kinds: set[str]) -> None:
    """Each question about a request is answered by its kind, for every kind."""
    assert {kind.value for kind in RequestKind if getattr(kind, name)} == kinds


@pytest.mark.parametrize("kind", RequestKind)
def test_requests_of_the_call(kind: RequestKind) -> None:
    """A door that nobody knocked at with a request is none, and neither is what the dialect does not know."""
    knocked = AttemptLog(1, 1, 0.0, Plan(1, ()), kind=kind)
    asked = AttemptLog(2, 1, 0.0, Plan(2, ()), "GET", "/stream", kind=kind)
    assert (knocked.was_read, asked.was_read) == (False, True)
    assert WireJournal(attempts=[knocked, asked]).requests == ([] if kind is RequestKind.UNKNOWN else [asked])


def test_verdicts() -> None:
    """A run that proves nothing is as bad as one that failed, but a failure speaks for a cell that has both."""
    assert [verdict for verdict in Verdict if verdict.bad] == [Verdict.FAIL, Verdict.NOT_TESTED]
    assert [verdict for verdict in Verdict if verdict.as_expected] == [Verdict.PASS, Verdict.UNSUPPORTED]
    ordered = sorted(Verdict, key=lambda verdict: verdict.badness)
    assert ordered == ["unsupported", "pass", "warn", "known", "not-tested", "fail"]


def test_outcomes_are_listed_best_first() -> None:
    """Of two failed runs the one with the later outcome speaks for the cell."""
    assert [outcome.badness for outcome in Outcome] == list(range(len(Outcome)))


@pytest.mark.parametrize(
    ("severity", "status", "verdict"),
    [
        (Severity.MUST, Status.OK, Verdict.PASS),
        (Severity.SHOULD, Status.OK, Verdict.PASS),
        (Severity.MUST, Status.BROKEN, Verdict.FAIL),
        (Severity.SHOULD, Status.BROKEN, Verdict.WARN),
        (Severity.MUST, Status.NOT_ASKED, Verdict.NOT_TESTED),
        (Severity.SHOULD, Status.NOT_ASKED, None),
        (Severity.MUST, Status.DOES_NOT_APPLY, None),
        (Severity.SHOULD, Status.DOES_NOT_APPLY, None),
    ],
)
def test_what_a_check_makes_of_a_run(severity: Severity, status: Status, verdict: Verdict | None) -> None:
    """A broken MUST fails, a broken SHOULD warns, a kept one passes; a MUST that was not asked proves nothing."""
    assert Check("requests", severity, status, "<= 4", "5").verdict is verdict


def test_flaws() -> None:
    """New and withdrawn tokens are as they should be; what the server did is not the client's; all else is wrong."""
    assert {mark.value for mark in TokenMark if not mark.is_flaw} == {
        "new",
        "repeated",
        "extra",
        "withdrawn",
        "left-out",
    }
