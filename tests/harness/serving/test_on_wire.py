"""What the wire alone can answer is what the whole record says of it, whatever the client has shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from broken_clients import honest, sinners
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.judging.checks import CHECKS
from ssedrill.loading.choose import find
from ssedrill.model.record import Status, Verdict
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.token_journal import TokenJournal
from ssedrill.running.job import Job
from ssedrill.running.judged import assess, on_wire
from ssedrill.running.one_run import drill

SCENARIOS = [
    "rate-limited-retry-after-seconds",
    "should-not-retry",
    "cursor-of-the-last-whole-event",
    "auth-lost-on-reconnect",
    "redirect-loop",
    "connection-refused-then-up",
    "retry-amplification",
]
CLIENTS = [honest.waits_as_told, sinners.retries_without_waiting]


def of_wire() -> list[str]:
    """Return the names of the checks that say of themselves that the wire has their answer."""
    return [name for name, check in CHECKS.items() if check.of_wire]


@pytest.mark.parametrize("function", CLIENTS, ids=lambda one: one.__name__)
def test_its_answers_are_those_of_the_record(function):
    """Each check of the wire that a tested run was asked has the same answer without what was shown."""
    job = Job(find(["healthy"])[0], Client("subject", InProcess(function), ("eventsource",)), "eventsource")
    asked = 0
    for scenario in find(SCENARIOS):
        one = replace(job, scenario=scenario)
        record = drill(one)
        checks, verdict = on_wire(one, record.wire, record.numbers.elapsed_s or 0.0, Secrets())
        whole = {(check.id, check.severity): check for check in record.checks}
        for check in checks:
            if record.outcome.is_tested and check.status is not Status.NOT_ASKED:
                assert check == whole[check.id, check.severity], scenario.name
                asked += 1
        assert verdict in (Verdict.FAIL, Verdict.NOT_TESTED)
        assert not record.outcome.is_tested or record.verdict is Verdict.FAIL or verdict is Verdict.NOT_TESTED
        nothing = assess(one, record.wire, TokenJournal(), record.numbers.elapsed_s or 0.0, clock="virtual")
        assert not nothing.outcome.is_tested or nothing.verdict is Verdict.FAIL
    assert asked >= 5


def test_there_are_such_checks():
    """Counts of requests and kept waits are of the wire; the outcome and times of text are not."""
    found = of_wire()
    assert {"requests", "retry_after", "same_body", "cursor"} <= set(found)
    assert not {"outcome", "duplicates", "recovery", "first_token", "elapsed", "usage", "read_to"} & set(found)
