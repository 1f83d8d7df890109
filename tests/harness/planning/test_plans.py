"""Plans: what a trial knows before a run, what a page is told once, and what is kept."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ssedrill.dialects import DIALECTS, find_dialect
from ssedrill.dialects.exchange import Foreign
from ssedrill.model.scenario import Server, Stream
from ssedrill.planning import compile, cors
from ssedrill.planning.compile import compile_plan, fresh_request, trial
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.door.close_on_accept import CloseOnAcceptFault
from ssedrill_faults.fault import Fault, Impossible
from ssedrill_faults.wire.jitter import JitterFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stall import StallFault
from support.answers import compiled, head, request, scenario

KEPT = getattr(compile, "_kept")  # noqa: B009 - private

ATTEMPTS: tuple[tuple[Fault, ...], ...] = (
    (JitterFault(up_to_s=1.0), ResetFault(after_token=2)),
    (StatusFault(code=429, retry_after_s=2.0, form="date"),),
    (CloseOnAcceptFault(),),
    (),
)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_trial_knows_what_a_fresh_request_will_meet(name: str) -> None:
    """Chance and dates are those of seed 0 and of time 0; a trial serves nobody, so it gives out no text."""
    drill = replace(scenario(Stream(tokens=5), *ATTEMPTS), dialects=(name,))
    dialect = find_dialect(name)
    asked = fresh_request(dialect)
    plans = [compile_plan(drill, dialect, 0, number, asked, "a")[1] for number in range(1, 5)]
    assert trial(drill) == [replace(plan, generation="", first_token=None) for plan in plans]


@pytest.mark.parametrize("name", DIALECTS)
def test_a_page_is_let_in_once(name: str) -> None:
    """A browser refuses an answer that names the origin twice, to its preflight as well."""
    page = Server(origins=("http://page",))
    asked = request(name, headers={"origin": "http://page", "access-control-request-method": "POST"})
    for method in (asked.method, "OPTIONS"):
        _, plan = compiled(name, asked=replace(asked, method=method), server=page)
        assert head(plan).count("Access-Control-Allow-Origin: http://page") == 1
        assert head(plan).count("Vary: Origin") == 1


@pytest.mark.parametrize("name", DIALECTS)
def test_a_page_that_asks_for_nothing_in_particular(name: str) -> None:
    """It is let do whatever the protocols need."""
    asked = replace(request(name, headers={"origin": "http://page"}), method="OPTIONS")
    _, plan = compiled(name, asked=asked, server=Server(origins=("http://page",)))
    assert "Access-Control-Allow-Methods: GET, POST\r\n" in head(plan)
    assert "Access-Control-Allow-Headers: *\r\n" in head(plan)


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_what_is_somebody_elses_is_not_a_pages_to_read(method: str) -> None:
    """Not even if the page is let in to this run; it is told what it was answered with, and nothing else."""
    asked = request("eventsource", headers={"origin": "http://page", "access-control-request-method": "GET"})
    foreign = replace(asked, method=method, foreign=Foreign(404, "not this run's address"))
    ask, plan = compiled("eventsource", asked=foreign, server=Server(origins=("http://page",)))
    assert (ask.kind, plan.status, plan.attempt) == ("unknown", 404, 0)
    assert "Access-Control" not in head(plan)


def test_a_page_that_is_not_let_in_is_given_no_header() -> None:
    """Nor is what is no page."""
    for asked in (request("eventsource"), request("eventsource", headers={"origin": "http://page"})):
        assert cors.leave(asked, ("http://other",)) == ()


def test_a_moment_that_comes_too_late_leaves_the_other_faults() -> None:
    """When an attempt begins in the run is not known beforehand: at its moment the answer may be over."""
    late, always = StallFault(at_run_s=600.0, for_s=5.0), JitterFault(up_to_s=1.0)
    _, plan = compiled("eventsource", None, (late, always))
    assert plan.ops == compiled("eventsource", None, (always,))[1].ops
    with pytest.raises(Impossible):
        compiled("eventsource", None, (ResetFault(after_token=99), always))


def test_a_stream_that_is_resumed_goes_on_with_its_own_text() -> None:
    """Whatever text is next for one that begins anew."""
    _, plan = compiled("eventsource", asked=request("eventsource", headers={"last-event-id": "c-3"}))
    assert (plan.generation, plan.first_token) == ("c", 4)
    assert " c4." in plan.data.decode()
    assert " a4." not in plan.data.decode()


def test_a_stream_of_a_thousand_tokens_is_kept() -> None:
    """A longer one is not: what is kept for the next run is bounded."""
    for tokens, kept in ((999, 1), (1000, 1), (1001, 0)):
        KEPT.cache_clear()
        compiled("eventsource", Stream(tokens=tokens))
        assert KEPT.cache_info().currsize == kept
    assert KEPT.cache_info().maxsize == 32


@pytest.mark.parametrize("name", DIALECTS)
def test_a_request_that_wants_to_know_its_usage(name: str) -> None:
    """It says so where requests have a body to say it in; else it is as any other."""
    dialect = find_dialect(name)
    plain, asking = fresh_request(dialect), fresh_request(dialect, usage=True)
    assert (plain.method, plain.path) == (asking.method, asking.path)
    bodies = [json.loads(one.body) if one.body else {} for one in (plain, asking)]
    assert bodies[1] == {**bodies[0], **(dialect.account.asking if plain.body else {})}
