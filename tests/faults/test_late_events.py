"""Events at a moment: put in along the pauses of the plan, between two events, and counted with the others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssedrill_faults.fault import Fault, Impossible
from ssedrill_faults.frames.drop_event import DropEventFault
from ssedrill_faults.frames.error_event import ErrorEventFault
from ssedrill_faults.frames.insert_event import InsertEventFault
from ssedrill_faults.frames.linger import LingerFault
from ssedrill_faults.frames.ping import PingFault
from ssedrill_faults.http.buffer import BufferFault
from ssedrill_faults.http.chunk_borders import ChunkBordersFault
from ssedrill_faults.http.encode import EncodeFault
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import ENDINGS, Answer, Fin, Framing, Plan, Role, Silence, Wait, Write
from ssedrill_faults.wire.coalesce import CoalesceFault
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.fragment import FragmentFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stall import StallFault
from support.answers import body, decoded
from support.h11_client import read_by_h11
from support.voice import plan_of, small_answer

COMMENT = InsertEventFault(after_s=0.025, comment="x")


def timed(plan: Plan, name: str) -> list[float]:
    """Return when a fault's marks are written."""
    found, now = [], 0.0
    for op in plan.ops:
        now += op.seconds if isinstance(op, Wait) else 0.0
        if isinstance(op, Write) and op.fault == name:
            found.append(round(now, 6))
    return found


def numbers(plan: Plan) -> list[int]:
    """Return the numbers of the events, in order."""
    return [number for op in plan.ops if isinstance(op, Write) for number in op.events]


@pytest.mark.parametrize(
    "fault",
    [COMMENT, PingFault(after_s=0.025), ErrorEventFault(after_s=0.025, then="continue")],
    ids=lambda fault: fault.name,
)
def test_an_event_comes_at_its_moment(fault: Fault) -> None:
    """The others are not moved, and all are numbered through."""
    plan, plain = plan_of(small_answer(5), fault), plan_of(small_answer(5))
    assert timed(plan, fault.name) == [0.025]
    assert numbers(plan) == list(range(1, 10))
    waits = [sum(op.seconds for op in one.ops if isinstance(op, Wait)) for one in (plan, plain)]
    assert waits[0] == pytest.approx(waits[1])
    tokens = [op.tokens for op in plan.ops if isinstance(op, Write) and op.role is not Role.HEAD]
    assert tokens == [(), (1,), (2,), (), (3,), (4,), (5,), (), (), ()]
    assert read_by_h11([plan.data], closes=False).body == body(plan)


def test_at_the_same_instant_it_comes_before_the_token() -> None:
    """As every fault does."""
    plan = plan_of(small_answer(3), InsertEventFault(after_s=0.02, comment="x"))
    tokens = [op.tokens for op in plan.ops if isinstance(op, Write) and op.role is not Role.HEAD]
    assert tokens[:4] == [(), (1,), (), (2,)]


def test_what_others_wait_counts() -> None:
    """A comment in the middle of a pause, and of a silence without end: what keeps a connection busy."""
    late = InsertEventFault(after_s=15.0, comment="x")
    paused = plan_of(small_answer(3), late, DelayFault(after_token=1, for_s=60.0))
    assert timed(paused, "insert_event") == [15.0]
    assert sum(op.seconds for op in paused.ops if isinstance(op, Wait)) == pytest.approx(60.03)
    silent = plan_of(small_answer(3), StallFault(after_token=1), late)
    assert timed(silent, "insert_event") == [15.0]
    assert isinstance(silent.ops[-1], Silence)
    quiet = plan_of(small_answer(3), StallFault(after_token=1, for_s=60.0), PingFault(after_silence_s=15.0))
    assert timed(quiet, "ping") == [pytest.approx(15.01, abs=0.011)]
    run = plan_of(small_answer(3), InsertEventFault(at_run_s=0.015, comment="x"))
    assert timed(run, "insert_event") == [0.015]


def test_an_error_at_a_moment_ends_the_answer() -> None:
    """Properly, with all that ends the body; an end at a moment may come behind it."""
    for framing in (Framing.CHUNKED, Framing.CLOSE):
        plan = plan_of(small_answer(5, framing=framing), ErrorEventFault(after_s=0.025))
        assert [op.tokens for op in plan.ops if isinstance(op, Write) and op.tokens] == [(1,), (2,)]
        assert timed(plan, "error_event") == [0.025]
        assert read_by_h11([plan.data], closes=framing is Framing.CLOSE).complete
        assert isinstance(plan.ops[-1], Fin) is (framing is Framing.CLOSE)
    cut = plan_of(small_answer(5), COMMENT, FinFault(after_s=0.035))
    assert (timed(cut, "insert_event"), cut.ops[-1]) == ([0.025], Fin("fin"))
    with pytest.raises(Impossible, match="insert_event can never take effect"):
        plan_of(small_answer(5), InsertEventFault(after_s=0.025, data="{}"), ResetFault(after_s=0.015))


def test_several_have_their_pauses() -> None:
    """The first one too, and what follows is later by them."""
    plan = plan_of(small_answer(3), InsertEventFault(after_s=0.015, comment="x", times=3, every_s=1.0))
    assert timed(plan, "insert_event") == [1.015, 2.015, 3.015]
    assert numbers(plan) == list(range(1, 10))
    assert sum(op.seconds for op in plan.ops if isinstance(op, Wait)) == pytest.approx(3.03)


def test_tokens_that_are_put_in_can_be_read() -> None:
    """In their place among the others, of which some may lack."""
    again = InsertEventFault(after_s=0.025, data='"{token:1}"')
    assert plan_of(small_answer(4), again).reads == (1, 2, 1, 3, 4, 0)
    assert plan_of(small_answer(4), DropEventFault(after_token=3), again).reads == (1, 2, 1, 3, 0)
    stopped = plan_of(small_answer(4), again, ErrorEventFault(after_s=0.035, then="continue"))
    assert stopped.reads == (1, 2, 1, 3)


@pytest.mark.parametrize(
    ("answer", "faults", "why"),
    [
        (small_answer(), (COMMENT, EncodeFault()), "the body is coded"),
        (small_answer(framing=Framing.LENGTH), (COMMENT,), "the head says how long the body is"),
        (small_answer(), (InsertEventFault(after_s=0.025, raw="data: x\n"),), "raw does not end its event"),
        (small_answer(), (InsertEventFault(after_s=1.0, comment="x"),), "the answer is over after 0.03 s"),
        (small_answer(), (PingFault(after_s=0.025, every=1),), "every counts events from a place on"),
        (small_answer(), (DropEventFault(after_s=0.025),), "insert_event, error_event and ping may strike"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_can_not_be_at_a_moment(answer: Answer, faults: tuple[Fault, ...], why: str) -> None:
    """It is said what could."""
    with pytest.raises(Impossible, match=why):
        plan_of(answer, *faults)


SHAPES: Any = st.one_of(
    st.builds(FragmentFault, size=st.integers(1, 40), gap_s=st.sampled_from([0.0, 0.004])),
    st.builds(CoalesceFault, events=st.none() | st.integers(2, 4)),
    st.builds(ChunkBordersFault, size=st.integers(1, 60)),
    st.builds(BufferFault, bytes=st.none() | st.integers(20, 90)),
    st.builds(DelayFault, after_byte=st.integers(0, 400), for_s=st.just(0.02)),
)


@given(st.lists(SHAPES, max_size=2), st.integers(0, 60), st.sampled_from(["before", "behind"]))
def test_it_never_comes_into_the_middle_of_an_event(shapes: list[Fault], after_ms: int, place: str) -> None:
    """However the others are cut, joined and delayed: the events are what they were, and one more."""
    late = InsertEventFault(after_s=after_ms / 1000, event="late", data="{}")
    faults = [late, *shapes] if place == "before" else [*shapes, late]
    answer = small_answer(5)
    try:
        plan, plain = plan_of(answer, *faults), plan_of(answer)
    except Impossible:
        return
    read, clean = (read_by_h11([one.data], closes=False) for one in (plan, plain))
    assert read.complete
    found = list(decoded([read.body]))
    assert [one for one in found if one.type != "late"] == list(decoded([clean.body]))
    assert sum(one.type == "late" for one in found) == 1
    assert numbers(plan) == list(range(1, len(numbers(plan)) + 1))
    assert not any(isinstance(op, ENDINGS) for op in plan.ops[:-1])


def test_pings_by_the_clock_come_in_pauses_too() -> None:
    """Every ten seconds from the request on, between the events and while nothing else comes."""
    plan = plan_of(small_answer(3), PingFault(interval_s=10.0), DelayFault(after_token=1, for_s=35.0))
    assert timed(plan, "ping") == [10.0, 20.0, 30.0]
    assert numbers(plan) == list(range(1, 10))
    assert sum(op.seconds for op in plan.ops if isinstance(op, Wait)) == pytest.approx(35.03)
    assert read_by_h11([plan.data], closes=False).body == body(plan)


def test_pings_by_the_clock_begin_at_their_position() -> None:
    """Their time counts from there: the third token comes at 0.03 s."""
    plan = plan_of(small_answer(5), PingFault(after_token=3, interval_s=0.015))
    assert timed(plan, "ping") == [0.045]
    late = plan_of(small_answer(5), PingFault(after_s=0.02, interval_s=0.01))
    assert timed(late, "ping") == [0.03, 0.04, 0.05]


def test_pings_by_the_clock_go_on_in_a_silence_without_end() -> None:
    """For ten minutes, since a plan has an end."""
    plan = plan_of(small_answer(3), StallFault(after_token=1), PingFault(interval_s=60.0))
    assert timed(plan, "ping") == [60.0 * n for n in range(1, 11)]
    assert isinstance(plan.ops[-1], Silence)


def test_pings_by_the_clock_wait_for_the_end_of_an_event() -> None:
    """One that is due in the middle of an event comes behind it, and only once."""
    halved = DelayFault(after_token=1, inside=Mark.JSON, for_s=50.0)
    plan = plan_of(small_answer(3), PingFault(interval_s=20.0), halved)
    assert timed(plan, "ping") == [50.02]
    assert read_by_h11([plan.data], closes=False).body == body(plan)


@pytest.mark.parametrize(
    ("answer", "faults", "why"),
    [
        (small_answer(2), [PingFault(interval_s=5.0)], "the answer is over before 5 s have passed"),
        (small_answer(2), [PingFault(interval_s=0.001), LingerFault()], "600020 pings, and at most 10000"),
        (small_answer(2), [PingFault(interval_s=0.001), EncodeFault()], "the body is coded"),
        (
            small_answer(2, framing=Framing.LENGTH),
            [PingFault(interval_s=0.001)],
            "the head says how long the body is",
        ),
    ],
)
def test_where_no_ping_can_come_by_the_clock(answer: Answer, faults: list[Fault], why: str) -> None:
    """It is said at load."""
    with pytest.raises(Impossible, match=why):
        plan_of(answer, *faults)


@pytest.mark.parametrize("late", [{"after_token": 2}, {"after_s": 0.025}])
@pytest.mark.parametrize("framing", [Framing.CHUNKED, Framing.LENGTH, Framing.CLOSE])
def test_a_connection_may_stay_open_behind_an_error(late: dict[str, Any], framing: Framing) -> None:
    """Nothing more comes, and the body has no end."""
    plan = plan_of(small_answer(5, framing=framing), ErrorEventFault(then="stay", **late))
    writes = [op for op in plan.ops if isinstance(op, Write)]
    assert writes[-1].role is Role.ERROR
    assert [n for op in writes for n in op.tokens] == [1, 2]
    assert plan.ops[-1] == Silence("error_event")
