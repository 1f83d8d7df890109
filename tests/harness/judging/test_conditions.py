"""Faults that are for requests of a kind: a client that never comes so is not called good for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from broken_clients import honest, sinners
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.load import load_text
from ssedrill.model.record import Record
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

RESUME = "when = { resume = true }"
GONE = "faults = [{ status = { code = 404 } }]"
ANY = '[must]\noutcome = ["recovered", "degraded", "failed-loudly"]'
NO_FAILURE = '[must]\noutcome = ["recovered"]'
NOTHING_SAID = '[must]\nrequests = "<= 9"'


def drilled(client: Callable, *attempts: str, must: str = ANY, dialect: str = "eventsource") -> Record:
    """Drill a client whose first answer is reset; these are the attempts behind that."""
    blocks = "".join(f"[[attempt]]\n{attempt}\n" for attempt in attempts)
    text = f"""
name = "conditions"
about = "The second fault is for some requests only."
dialects = ["eventsource", "openai-chat"]
patience = "3 s"
deadline = "60 s"
[stream]
tokens = 20
every = "2 ms"
regenerate = "same"
retry = "100 ms"
[[attempt]]
faults = [{{ reset = {{ after_token = 12 }} }}]
{blocks}[[attempt]]
{must}
"""
    subject = Client("subject", InProcess(client), ("eventsource", "openai-chat"))
    return drill(Job(load_text(text), subject, dialect), clock="virtual")


def said(record: Record) -> tuple[str, str, str]:
    """Return outcome and verdict, and what became of the faults."""
    return record.outcome, record.verdict, next(check.got for check in record.checks if check.id == "fault-met")


NEVER = "no request came that goes on with an answer, so status was not met"


def test_who_comes_so_is_judged() -> None:
    """The fault is met, and what the client makes of it decides."""
    assert said(drilled(honest.resumes, f"{RESUME}\n{GONE}"))[1:] == ("pass", "met")


@pytest.mark.parametrize("must", [ANY, NO_FAILURE, NOTHING_SAID])
def test_who_never_comes_so_proves_nothing(must: str) -> None:
    """It has recovered in another way, of which the scenario does not ask."""
    record = drilled(honest.restarts, f"{RESUME}\n{GONE}", must=must)
    assert said(record) == ("not-tested", "not-tested", NEVER)
    assert NEVER in record.summary


@pytest.mark.parametrize(
    ("must", "verdict"),
    [
        (ANY, "pass"),
        (NOTHING_SAID, "not-tested"),
        (NOTHING_SAID + '\n[should]\noutcome = ["failed-loudly"]', "not-tested"),
    ],
)
def test_who_fails_loudly_need_not_come_again_if_the_scenario_says_so(must: str, verdict: str) -> None:
    """That any honest outcome will do if nothing is said is not saying it."""
    record = drilled(honest.raises, f"{RESUME}\n{GONE}", must=must)
    assert record.verdict == verdict
    assert (record.outcome == "failed-loudly") == (verdict == "pass")


def test_a_flaw_that_was_seen_stays_one() -> None:
    """Whatever would have come of the other fault."""
    record = drilled(sinners.takes_eof_for_the_end, f"{RESUME}\n{GONE}")
    assert (record.outcome, record.verdict) == ("truncated-silently", "fail")


def test_one_way_of_several_is_enough() -> None:
    """Two ways back are two faults, of which a client goes one."""
    whole = 'when = { kind = "whole" }\nfaults = [{ status = { code = 503 } }]'
    assert said(drilled(honest.resumes, whole, f"{RESUME}\n{GONE}"))[1:] == ("pass", "met")
    neither = drilled(honest.restarts, whole, f"{RESUME}\n{GONE}")
    assert said(neither)[2] == "no request came without streaming, so status was not met"


def test_a_trap_need_not_be_met() -> None:
    """Who loses a header is caught; who does not has done right."""
    trap = f'when = {{ lacks = "authorization" }}\n{GONE}'
    assert said(drilled(honest.restarts, trap, dialect="openai-chat"))[1:] == ("pass", "met")


def test_a_fault_for_another_dialect_is_none_here() -> None:
    """Nobody can meet it."""
    other = f'{RESUME}\nfaults = [{{ status = {{ code = 404, dialects = ["openai-chat"] }} }}]'
    assert said(drilled(honest.restarts, other))[1:] == ("pass", "met")
    assert said(drilled(honest.restarts, other, dialect="openai-chat"))[1] == "not-tested"


def test_what_the_attempt_does_besides_is_no_fault() -> None:
    """A healthy answer to those who go on asks nothing of the others."""
    assert said(drilled(honest.restarts, RESUME))[1:] == ("pass", "met")


def test_an_answer_without_the_place_is_not_called_no_request() -> None:
    """Who came, and was given too little for the fault to strike, is told so."""
    record = drilled(honest.resumes, f"{RESUME}\nfaults = [{{ drop_event = {{ after_token = 3, count = 15 }} }}]")
    expected = "the answer to the request that goes on with an answer was too short for drop_event"
    assert said(record) == ("not-tested", "not-tested", expected)
