"""Faults that reshape an answer and leave its bytes alone: fragment, coalesce, delay, pace, jitter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ssedrill_faults.fault import Impossible
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.duplicate_event import DuplicateEventFault
from ssedrill_faults.frames.error_event import ErrorEventFault
from ssedrill_faults.frames.pace import PaceFault
from ssedrill_faults.http1 import render
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import Answer, AwaitConsumed, Fin, Frame, Framing, Reset, Role, Wait, Write
from ssedrill_faults.wire.coalesce import CoalesceFault
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fragment import FragmentFault
from ssedrill_faults.wire.jitter import JitterFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stall import StallFault
from support.linear import grows_linearly
from support.voice import (
    CONTEXT,
    START,
    STOP,
    TERMINAL,
    chunk,
    delta,
    last_chunk,
    ops_of,
    plain,
    plan_of,
    small_answer,
)

CHUNKED = small_answer(2)
LENGTH = small_answer(2, framing=Framing.LENGTH)
PAUSE = Wait(0.01)
HELD = AwaitConsumed()
TINY = Answer((Frame(b"data: 1\n\n", Role.DELTA, 1), Frame(b": p\n\n", Role.PING)), framing=Framing.LENGTH)


def part(data: bytes, fault: str | None = "fragment", role: Role = Role.DELTA, **numbers: Any) -> Write:
    """Return one fragment."""
    return Write(data, role, fault=fault, **numbers)


def test_fragments_of_a_size_are_taken_one_by_one() -> None:
    """The last fragment of an event has its numbers; a segment that is small enough stays whole and unmarked."""
    head = plan_of(TINY).ops[0]
    assert plan_of(TINY, FragmentFault(size=5)).ops == (
        head,
        HELD,
        part(b"data:"),
        HELD,
        part(b" 1\n\n", tokens=(1,), events=(1,)),
        HELD,
        Write(b": p\n\n", Role.PING, events=(2,)),
    )


def test_every_byte_of_a_chunk_can_be_alone() -> None:
    """Size line, body and the CRLF after it, each byte a segment; the numbers stay on the body's last byte."""
    ops = ops_of(Answer((Frame(b"data: 1\n\n", Role.DELTA, 1),)), FragmentFault(at=Mark.BYTE))
    writes = [op for op in ops if isinstance(op, Write)]
    assert [op.data for op in writes] == [b"%c" % byte for byte in b"9\r\ndata: 1\n\n\r\n0\r\n\r\n"]
    assert [i for i, op in enumerate(writes) if op.tokens] == [11]
    assert [op.lead for op in writes[:4]] == [1, 1, 1, 0]
    assert [op.tail for op in writes[11:14]] == [0, 1, 1]
    assert ops[:1] == (HELD,)
    assert ops[1::2] == tuple(writes)
    assert set(ops[2::2]) == {HELD}


def test_fragments_may_have_a_gap_between_them() -> None:
    """The pause is inside the event only, and carries the mark."""
    _, *ops = ops_of(TINY, FragmentFault(size=5, gap_s=0.25))
    assert ops[:4] == [part(b"data:"), HELD, Wait(0.25, "fragment"), part(b" 1\n\n", tokens=(1,), events=(1,))]
    assert ops[4:] == [HELD, Write(b": p\n\n", Role.PING, events=(2,))]


def test_the_head_is_cut_only_where_that_is_asked_for() -> None:
    """By default status line and headers are one segment."""
    cut = plan_of(TINY, FragmentFault(size=10, head=True)).ops
    head = plan_of(TINY).ops[0]
    assert isinstance(head, Write)
    assert isinstance(cut[0], Write), "nothing was written that could be waited for"
    assert [op.data for op in cut if isinstance(op, Write) and op.role is Role.HEAD] == [
        head.data[i : i + 10] for i in range(0, len(head.data), 10)
    ]


def test_a_held_segment_before_a_pause_does_not_share_a_recv() -> None:
    """A pause alone does not prove that the client has read what came before it; what it has taken is held once."""
    ops = ops_of(LENGTH, FragmentFault(at=Mark.UTF8))
    kinds = [type(op) for op in ops]
    token = [Write, AwaitConsumed] * 3
    assert ops[:3] == (plain(START, 1), PAUSE, HELD)
    assert kinds == [Write, Wait, AwaitConsumed, *token, Wait, *token, Write, Write]


def test_fragments_may_be_cut_once_more() -> None:
    """By a second fault, which waits before none of its fragments for what the first has waited for."""
    ops = ops_of(TINY, FragmentFault(size=6), FragmentFault(size=4))
    assert [len(op.data) if isinstance(op, Write) else 0 for op in ops] == [0, 4, 0, 2, 0, 0, 3, 0, 4, 0, 1, 0]
    assert {op for op in ops if not isinstance(op, Write)} == {HELD}


def test_a_character_is_cut_at_each_of_its_inner_bytes() -> None:
    """A three-byte character gives three fragments, and only tokens have one."""
    ops = ops_of(LENGTH, FragmentFault(at=Mark.UTF8))
    pieces = [op.data for op in ops if isinstance(op, Write) and op.fault]
    assert len(pieces) == 2 * 3
    assert pieces[0].endswith(b"\xe0")
    assert pieces[1] == b"\xb8"
    assert pieces[2].startswith(b"\x99")


def test_another_faults_mark_stays_on_the_byte_by_which_it_is_noticed() -> None:
    """An error event where it differs from the one that should come; an early end with the first byte of its size."""
    ops = ops_of(CHUNKED, ErrorEventFault(after_token=1, message="x"), FragmentFault(size=7))
    marked = [op for op in ops if op.fault == "error_event"]
    assert len(marked) == 1
    assert isinstance(marked[0], Write)
    assert marked[0].content == b'"error"', "the event of a token has another key there"
    assert marked[0].harm == marked[0].lead + len(b'"')
    ended = ops_of(CHUNKED, CleanEndFault(after_token=1), FragmentFault(at=Mark.BYTE))
    assert [i for i, op in enumerate(ended) if op.fault == "clean_end"] == [len(ended) - 10]


@pytest.mark.parametrize(
    ("fault", "why"),
    [(FragmentFault(size=9), "more than 9 bytes"), (FragmentFault(at=Mark.CRLF), "a place inside crlf")],
)
def test_an_answer_without_a_place_to_cut_is_impossible(fault: FragmentFault, why: str) -> None:
    """A fault that would change nothing is refused."""
    with pytest.raises(Impossible, match=why):
        plan_of(TINY, fault)


@pytest.mark.parametrize("settings", [{}, {"size": 3, "at": Mark.BYTE}, {"size": 0}, {"size": 1, "gap_s": -1.0}])
def test_fragment_settings_that_make_no_sense(settings: dict[str, Any]) -> None:
    """Exactly one of size and at; neither zero bytes nor negative pauses."""
    with pytest.raises(ValueError, match=r"exactly one|at least 1|negative"):
        FragmentFault(**settings)


def test_one_burst_comes_when_its_last_event_was_due() -> None:
    """Two pauses of 10 ms are summed; all numbers are there, with the offsets of their last bytes."""
    frames = (plain(START, 1), plain(delta(1), 2), plain(delta(2), 3), plain(STOP, 4), plain(TERMINAL, 5))
    ends = tuple(sum(len(op.data) for op in frames[: i + 1]) for i in range(5))
    burst = Write(
        b"".join(op.data for op in frames),
        Role.TERMINAL,
        (1, 2),
        (1, 2, 3, 4, 5),
        fault="coalesce",
        token_ends=ends[1:3],
        event_ends=ends,
    )
    assert ops_of(LENGTH, CoalesceFault()) == (Wait(0.02), burst)


def test_groups_of_events_keep_the_chunks_that_they_had() -> None:
    """Two events to a segment; the end of the body goes with the last of them."""
    one, two, three = ops_of(CHUNKED, CoalesceFault(events=2))[1::2] + ops_of(CHUNKED, CoalesceFault(events=2))[-1:]
    assert isinstance(one, Write)
    assert isinstance(two, Write)
    assert isinstance(three, Write)
    assert [op.events for op in (one, two, three)] == [(1, 2), (3, 4), (5,)]
    assert [op.tokens for op in (one, two, three)] == [(1,), (2,), ()]
    assert (one.lead, one.tail) == (4, 2)
    assert one.data == chunk(START, 1).data + chunk(delta(1), 2).data
    assert three.data == chunk(TERMINAL, 5).data + last_chunk().data
    assert three.role is Role.TERMINAL


def test_an_event_that_is_left_alone_is_no_burst() -> None:
    """It stays as it was, its pause before it, and bears no mark."""
    answer = Answer((START, TERMINAL, delta(1)), framing=Framing.LENGTH)
    *_, pause, alone = ops_of(answer, CoalesceFault(events=2))
    assert (pause, alone) == (PAUSE, plain(delta(1), 3))


def test_a_burst_stops_at_what_other_faults_do() -> None:
    """A stall stays where it is, and so does a reset."""
    ops = ops_of(LENGTH, StallFault(after_token=1, for_s=3), ResetFault(after="terminal"), CoalesceFault())
    kinds = [op if isinstance(op, (Wait, Reset)) else type(op) for op in ops]
    assert kinds == [PAUSE, Write, PAUSE, Wait(3, "stall"), Write, AwaitConsumed, Reset("reset")]


def test_a_segment_shows_the_effect_of_one_other_fault_only() -> None:
    """If two faults are marked, two segments keep them apart."""
    faults = DuplicateEventFault(after_token=1), ErrorEventFault(after_token=2)
    ops = ops_of(LENGTH, *faults, CoalesceFault())
    marks = [op.fault for op in ops if isinstance(op, Write)]
    assert marks == ["duplicate_event", "error_event"]


def test_a_burst_can_be_cut_where_no_event_ends() -> None:
    """Tokens go to the fragments that hold their last bytes."""
    ops = ops_of(LENGTH, CoalesceFault(), FragmentFault(size=64))
    writes = [op for op in ops if isinstance(op, Write)]
    data = b"".join(op.data for op in writes)
    ends = {1: len(START.data + delta(1).data), 2: len(START.data + delta(1).data + delta(2).data)}
    assert {token: (i + 1) * 64 >= ends[token] > i * 64 for i, op in enumerate(writes) for token in op.tokens} == {
        1: True,
        2: True,
    }
    assert [event for op in writes for event in op.events] == [1, 2, 3, 4, 5]
    assert len(data) > 64


@pytest.mark.parametrize("faults", [(FragmentFault(size=30), CoalesceFault()), (CoalesceFault(),)])
def test_with_nothing_to_merge_a_burst_is_impossible(faults: tuple[Any, ...]) -> None:
    """A single event, or fragments that are held apart on purpose."""
    answer = Answer((Frame(b"data: 1234567890123456789012345\n\n", Role.DELTA, 1),), framing=Framing.LENGTH)
    with pytest.raises(Impossible, match="nothing to merge"):
        plan_of(answer, *faults)


def test_one_event_is_no_burst() -> None:
    """That is what is sent anyway."""
    with pytest.raises(ValueError, match="at least 2"):
        CoalesceFault(events=1)


def test_a_delay_before_the_headers() -> None:
    """The pause comes first and carries the mark; nothing else changes."""
    assert plan_of(CHUNKED, DelayFault(before="headers", for_s=2)).ops == (
        Wait(2, "delay"),
        *plan_of(CHUNKED).ops,
    )


def test_a_delay_inside_a_character() -> None:
    """A pause may fall between any two bytes."""
    ops = ops_of(LENGTH, DelayFault(after_token=1, inside=Mark.UTF8, for_s=2))
    at = ops.index(Wait(2, "delay"))
    before, after = ops[at - 1], ops[at + 1]
    assert isinstance(before, Write)
    assert isinstance(after, Write)
    assert before.data + after.data == delta(2).data


def test_pace_replaces_the_pause_before_each_token() -> None:
    """And before nothing else; at a pace of zero there is no pause."""
    assert ops_of(LENGTH, PaceFault(every_s=0.5)) == (
        plain(START, 1),
        Wait(0.5),
        plain(delta(1), 2, "pace"),
        Wait(0.5),
        plain(delta(2), 3, "pace"),
        plain(STOP, 4),
        plain(TERMINAL, 5),
    )
    assert not [op for op in ops_of(LENGTH, PaceFault(every_s=0)) if isinstance(op, Wait)]
    twice = ops_of(LENGTH, DuplicateEventFault(after_token=1), PaceFault(every_s=0))
    assert [op.fault for op in twice[1:4]] == ["pace", "duplicate_event", "pace"], "a mark of another stays"


def test_pace_needs_tokens() -> None:
    """A whole answer has none to pace."""
    with pytest.raises(Impossible, match="no tokens"):
        plan_of(Answer((Frame(b"{}", Role.BODY),)), PaceFault(every_s=1))


def test_the_pace_that_is_there_anyway_is_none() -> None:
    """It would be met and change nothing; from a place on, what comes from there on decides."""
    answer = Answer((START, delta(1, 0.5), delta(2, 0.2), delta(3, 0.2), TERMINAL))
    with pytest.raises(Impossible, match=r"^every_s is the pace that the tokens have without it"):
        plan_of(answer, PaceFault(every_s=0.2, after_token=1))
    assert plan_of(answer, PaceFault(every_s=0.2)).faults == ("pace",)
    assert plan_of(answer, PaceFault(every_s=0.5, after_token=1)).faults == ("pace",)


def test_jitter_only_ever_delays() -> None:
    """Each pause is as long as planned or longer, up to the bound, and not all are alike."""
    waits = [op.seconds for op in ops_of(LENGTH, JitterFault(up_to_s=0.5)) if isinstance(op, Wait)]
    planned = [0.0, 0.01, 0.01, 0.0, 0.0]
    assert len(waits) == len(planned)
    assert all(least <= wait <= least + 0.5 for least, wait in zip(planned, waits, strict=True))
    assert len(set(waits)) == len(waits)


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_times_of_nothing_are_errors(seconds: float) -> None:
    """A delay or a jitter of no length would be no fault; a pace can't be negative."""
    with pytest.raises(ValueError, match="above zero"):
        DelayFault(before="headers", for_s=seconds)
    with pytest.raises(ValueError, match="above zero"):
        JitterFault(up_to_s=seconds)
    with pytest.raises(ValueError, match="negative"):
        PaceFault(every_s=seconds - 1)


def test_the_planned_fin_stays() -> None:
    """With a body that the connection's end ends, a burst is followed by the ordinary close."""
    assert ops_of(small_answer(2, framing=Framing.CLOSE), CoalesceFault())[-1] == Fin()


def test_a_pause_behind_the_last_segment_stays_there() -> None:
    """A delay after the body is not pulled into the burst, and not lost."""
    ops = ops_of(LENGTH, DelayFault(after="body", for_s=2), CoalesceFault())
    assert [type(op) for op in ops] == [Wait, Write, Wait]
    assert ops[-1] == Wait(2, "delay")


@pytest.mark.parametrize("events", [None, 400])
def test_joining_many_events_is_as_much_work_as_there_are_events(events: int | None) -> None:
    """Whatever the size of a group."""

    def work(size: int) -> Callable[[], object]:
        ops = render(small_answer(size))
        return lambda: CoalesceFault(events=events).rewrite(ops, CONTEXT)

    grows_linearly(work, 200)


def test_fragments_may_begin_at_a_position() -> None:
    """What comes ahead of it is written as ever; the first fragment waits until that is taken."""
    answer = small_answer(3, framing=Framing.CLOSE)
    plain = plan_of(answer)
    dripped = plan_of(answer, FragmentFault(size=1, gap_s=0.05, after_token=2))
    at = next(i for i, op in enumerate(plain.ops) if isinstance(op, Write) and op.tokens == (2,)) + 1
    assert dripped.ops[:at] == plain.ops[:at]
    rest = [op for op in dripped.ops[at:] if isinstance(op, Write)]
    assert {len(op.data) for op in rest} == {1}
    assert dripped.data == plain.data
    assert any(isinstance(op, AwaitConsumed) for op in dripped.ops[at : at + 3])


@pytest.mark.parametrize("settings", [{"head": True, "after_token": 1}, {"inside": Mark.JSON}])
def test_fragments_from_a_position_that_makes_no_sense(settings: dict[str, Any]) -> None:
    """The head comes ahead of all of them; and a place inside an event needs the event."""
    with pytest.raises(ValueError, match=r"head = true cuts|give exactly one of"):
        FragmentFault(size=1, **settings)


def test_jitter_may_begin_at_a_position() -> None:
    """Behind it every event is late; at the end there is nothing that could be."""
    plain, shaken = plan_of(small_answer(3)), plan_of(small_answer(3), JitterFault(up_to_s=1.0, after_token=2))
    marked = [op.tokens for op in shaken.ops if isinstance(op, Write) and op.fault == "jitter"]
    assert marked[0] == (3,)
    assert plain.ops[:4] == shaken.ops[:4]
    with pytest.raises(Impossible, match="no events come here"):
        plan_of(small_answer(3), JitterFault(up_to_s=1.0, after="body"))
