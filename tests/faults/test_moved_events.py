"""Events that lack, come again or change places: drop_event, duplicate_event, swap_events."""

from __future__ import annotations

from typing import Any

import pytest

from ssedrill_faults.fault import Impossible
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.drop_event import DropEventFault
from ssedrill_faults.frames.duplicate_event import DuplicateEventFault
from ssedrill_faults.frames.malformed_json import MalformedJsonFault
from ssedrill_faults.frames.swap_events import SwapEventsFault
from ssedrill_faults.plan import Answer, Frame, Plan, Role, Wait, Write
from ssedrill_faults.wire.delay import DelayFault
from support.voice import START, TERMINAL, delta, plan_of, small_answer


def tokens(plan: Plan) -> list[int]:
    """Return the tokens that a plan sends, in their order."""
    return [token for op in plan.ops if isinstance(op, Write) for token in op.tokens]


def marks(plan: Plan, name: str) -> list[tuple[Role, tuple[int, ...]]]:
    """Return what shows the effect of a fault."""
    return [(op.role, op.tokens) for op in plan.ops if isinstance(op, Write) and op.fault == name]


def test_events_are_left_out_without_a_trace() -> None:
    """They can't be read any more, and the next event shows it."""
    plan = plan_of(small_answer(5), DropEventFault(after_token=1, count=2))
    assert (tokens(plan), plan.reads) == ([1, 4, 5], (1, 4, 5, 0))
    assert marks(plan, "drop_event") == [(Role.DELTA, (4,))]


def test_an_event_without_a_token_leaves_out_none() -> None:
    """The closing event goes, and the terminal one shows it."""
    plan = plan_of(small_answer(2), DropEventFault(after_token=2))
    assert (tokens(plan), plan.reads) == ([1, 2], (1, 2, 0))
    assert marks(plan, "drop_event") == [(Role.TERMINAL, ())]


def test_where_nothing_follows_the_end_shows_it() -> None:
    """The end of the body, which only one fault can decide about."""
    plan = plan_of(small_answer(2), DropEventFault(before="terminal"))
    assert marks(plan, "drop_event") == [(Role.END, ())]
    with pytest.raises(Impossible, match="both decide how the body ends"):
        plan_of(small_answer(2), CleanEndFault(after_token=1), DropEventFault(before="first-token"))


def test_another_faults_mark_is_passed_over() -> None:
    """The first event that shows no other fault's effect shows this one's."""
    plan = plan_of(small_answer(4), MalformedJsonFault(after_token=2), DropEventFault(after_token=1))
    assert (marks(plan, "malformed_json"), marks(plan, "drop_event")) == ([(Role.DELTA, ())], [(Role.DELTA, (4,))])
    assert plan.reads == (1,)


def test_reading_stops_at_what_is_spoiled() -> None:
    """Wherever it is moved, and however often it comes."""
    plan = plan_of(small_answer(3), MalformedJsonFault(after_token=1), SwapEventsFault(after_token=1))
    assert plan.reads == (1, 3)
    both = MalformedJsonFault(after_token=1), DuplicateEventFault(after_token=2, times=2)
    assert plan_of(small_answer(3), *both).reads == (1,)


def test_the_copy_can_be_left_out_again() -> None:
    """Of three that would come two are left."""
    plan = plan_of(small_answer(3), DuplicateEventFault(after_token=2, times=2), DropEventFault(after_event=3))
    assert (tokens(plan), plan.reads) == ([1, 2, 2, 3], (1, 2, 2, 3, 0))


def test_pings_are_passed_over() -> None:
    """The next event is not a ping."""
    ping = Frame(b": ping\n\n", Role.PING)
    answer = Answer((START, delta(1), ping, delta(2), ping, delta(3), TERMINAL))
    assert tokens(plan_of(answer, DropEventFault(after_token=1))) == [1, 3]
    swapped = plan_of(answer, SwapEventsFault(after_token=1))
    roles = "".join(op.role[0] for op in swapped.ops if isinstance(op, Write))
    assert (tokens(swapped), roles) == ([1, 3, 2], "hsdpdpdte")


def test_an_event_comes_several_times_more() -> None:
    """Each copy can be read and carries the mark."""
    plan = plan_of(small_answer(3), DuplicateEventFault(after_token=2, times=3))
    assert (tokens(plan), plan.reads) == ([1, 2, 2, 2, 2, 3], (1, 2, 2, 2, 2, 3, 0))
    assert marks(plan, "duplicate_event") == [(Role.DELTA, (2,))] * 3


def test_two_events_change_places() -> None:
    """The pauses stay where they were."""
    answer = Answer((START, delta(1, 0.5), delta(2, 0.25), delta(3, 0.1), TERMINAL))
    plan = plan_of(answer, SwapEventsFault(after_token=1))
    assert (tokens(plan), plan.reads) == ([1, 3, 2], (1, 3, 2, 0))
    assert [op.seconds for op in plan.ops if isinstance(op, Wait)] == [0.5, 0.25, 0.1]
    assert marks(plan, "swap_events") == [(Role.DELTA, (3,)), (Role.DELTA, (2,))]


def test_the_terminal_event_can_come_too_early() -> None:
    """Before the closing event, as some gateways send it."""
    plan = plan_of(small_answer(2), SwapEventsFault(after_token=2))
    assert [role for role, _ in marks(plan, "swap_events")] == [Role.TERMINAL, Role.STOP]


def test_places_among_events_that_changed_places() -> None:
    """ "After token 2" is behind it, wherever it is."""
    plan = plan_of(small_answer(4), SwapEventsFault(after_token=1), DelayFault(after_token=2, for_s=9.0))
    at = plan.ops.index(Wait(9.0, "delay"))
    before = [token for op in plan.ops[:at] if isinstance(op, Write) for token in op.tokens]
    assert before == [1, 3, 2]


@pytest.mark.parametrize(
    ("fault", "settings", "message"),
    [
        (DropEventFault, {"count": 0}, "count must be at least 1"),
        (DuplicateEventFault, {"times": 0}, "times must be at least 1"),
        (DuplicateEventFault, {"times": 10**9}, "times must be at least 1 and at most 10000"),
    ],
)
def test_settings_that_are_refused(fault: Any, settings: dict[str, Any], message: str) -> None:
    """The message begins with the setting."""
    with pytest.raises(ValueError, match=f"^{message}"):
        fault(after_token=1, **settings)


@pytest.mark.parametrize(
    "fault", [DropEventFault(after_token=3, count=3), SwapEventsFault(before="terminal")], ids=["drop", "swap"]
)
def test_events_that_are_not_there(fault: Any) -> None:
    """It is said how many there are."""
    with pytest.raises(Impossible, match=r"^\d events come after this position, and \d would be needed"):
        plan_of(small_answer(3), fault)
