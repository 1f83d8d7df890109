"""The planner of a run: which text each request is given, and which door each attempt meets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssedrill.dialects import find_dialect
from ssedrill.dialects.exchange import Request
from ssedrill.model.scenario import CallGroup, Regenerate, Stream
from ssedrill.planning.call_planner import CallPlanner
from ssedrill.planning.planner import Planner
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.door.close_on_accept import CloseOnAcceptFault
from ssedrill_faults.door.mute import MuteFault
from ssedrill_faults.fault import Fault
from ssedrill_faults.plan import CloseOnAccept, Mute, Open
from ssedrill_faults.wire.jitter import JitterFault
from ssedrill_faults.wire.reset import ResetFault
from support.answers import request, scenario

NEW = request("eventsource")
WHOLE = request("eventsource", headers={"accept": "application/json"})
CUT: tuple[Fault, ...] = (ResetFault(after_token=2),)


def rest_of(cursor: str) -> Request:
    """Return the request for what comes behind this event."""
    return request("eventsource", headers={"last-event-id": cursor})


def planner(*attempts: tuple[Fault, ...], **stream: object) -> Planner:
    """Return the planner of a scenario with these faults."""
    return Planner(scenario(Stream(tokens=5, **stream), *attempts), find_dialect("eventsource"), 7)


def texts(plans: Planner, *requests: Request) -> list[str]:
    """Return which generation each request is given."""
    return [plans(number, asked)[1].generation for number, asked in enumerate(requests, start=1)]


def test_each_answer_that_begins_anew_is_another_text() -> None:
    """As a model gives it; one that is resumed goes on with its own, and uses up none."""
    assert texts(planner(CUT, CUT, ()), NEW, NEW, WHOLE) == ["a", "b", "c"]
    assert texts(planner(CUT, CUT, ()), NEW, rest_of("a-2"), NEW) == ["a", "", "b"]
    assert texts(planner(CUT, ()), NEW, rest_of("a-2"), NEW) == ["a", "a", "b"]
    assert texts(planner(CUT, ()), NEW, NEW, rest_of("a-2"), rest_of("c-1"), NEW) == ["a", "b", "a", "c", "c"]


def test_a_text_that_nobody_was_given_is_given_to_the_next() -> None:
    """An error, or a cut before the first token, has shown nothing of it."""
    faults = (StatusFault(code=503),), (ResetFault(before="first-token"),), CUT, ()
    assert texts(planner(*faults), NEW, NEW, NEW, NEW) == ["", "", "a", "b"]


@pytest.mark.parametrize("first", ["a-2", "b-2"])
def test_a_scenario_may_give_the_same_text_again(first: str) -> None:
    """However often it is asked for."""
    plans = planner(CUT, (), regenerate=Regenerate.SAME)
    assert texts(plans, NEW, NEW, rest_of(first), WHOLE) == ["a", "a", first[0], "a"]


def test_a_request_that_goes_on_with_a_text_is_of_the_call_that_was_given_it() -> None:
    """Whatever it says besides; one that goes on with no text of this run names no call."""
    two = replace(scenario(Stream(tokens=5), CUT), calls=(CallGroup(count=2),))
    plans = CallPlanner(two, find_dialect("eventsource"), 7)
    given = [plans(1, replace(NEW, call=call))[1].generation for call in (1, 2)]
    assert [plans.named(rest_of(f"{generation}-2")) for generation in (*given, "zz")] == [1, 2, 0]


def test_the_door_of_an_attempt() -> None:
    """It has the name of the fault that makes it; an attempt without one is let in, whatever meets it inside."""
    plans = planner((CloseOnAcceptFault(),), (JitterFault(up_to_s=1.0), *CUT), (MuteFault(),))
    assert plans.door(1) == (CloseOnAccept(reset=True), "close_on_accept")
    assert plans.door(2) == (Open(), "")
    assert plans.door(3) == plans.door(4) == (Mute(), "mute")
