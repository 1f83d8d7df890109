"""Segments that hold several events are named by what is in them."""

from __future__ import annotations

from typing import Any

import pytest

from ssedrill.reporting.views.wire_wording import planned, step_words
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import Answer, Frame, Framing, Op, Role, Write
from ssedrill_faults.segment import cut_all, join
from ssedrill_faults.wire.coalesce import CoalesceFault
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.fragment import FragmentFault
from support.voice import plan_of

RETRY = Frame(b"retry: 200\n\n", Role.START)
TERMINAL = Frame(b'event: end\ndata: {"a": 1}\n\n', Role.TERMINAL)
STOP = Frame(b"event: stop\ndata: {}\n\n", Role.STOP)


def token(number: int) -> Frame:
    """Return the event of a token."""
    return Frame(b'data: {"text": " a%d."}\n\n' % number, Role.DELTA, number)


def told(frames: tuple[Frame, ...], *faults: Any, framing: Framing = Framing.CHUNKED) -> list[str]:
    """Return what is told of an answer with these faults, segment by segment, without the head."""
    plan = plan_of(Answer(frames, framing=framing), *faults)
    return [step_words([step]).removeprefix("← ") for step in planned(plan.ops)][1:]


def words(*ops: Op) -> str:
    """Return what is told of operations that are told as one."""
    return step_words(list(planned(ops))).removeprefix("← ")


@pytest.mark.parametrize(
    ("framing", "rest"),
    [
        (Framing.CHUNKED, ", 1 block without data and the end of the body"),
        (Framing.LENGTH, " and 1 block without data"),
    ],
)
def test_a_whole_answer_in_one_segment(framing: Framing, rest: str) -> None:
    """Tokens, the terminal event and how many others; no event is called something that it is not."""
    frames = (RETRY, *map(token, range(1, 41)), TERMINAL)
    assert told(frames, CoalesceFault(), framing=framing) == [f"tokens 1-40, the terminal event{rest} in one segment"]


def test_groups_of_events() -> None:
    """A group without the terminal event has none, whatever comes last in it."""
    found = told((RETRY, token(1), token(2), STOP, STOP, STOP, TERMINAL), CoalesceFault(events=2))
    assert found == [
        "token 1 and 1 block without data in one segment",
        "token 2 and 1 other event in one segment",
        "2 events in one segment",
        "the terminal event and the end of the body in one segment",
    ]


def test_segments_that_are_told_as_one() -> None:
    """Their numbers are put together, and it is said how many they are."""
    plan = plan_of(Answer((*map(token, range(1, 6)), TERMINAL)), CoalesceFault(events=2))
    assert words(*plan.ops[1:3]) == "tokens 1-4 in 2 segments"


@pytest.mark.parametrize("framing", [Framing.CHUNKED, Framing.LENGTH])
def test_a_terminal_event_that_was_cut_is_not_told_as_one(framing: Framing) -> None:
    """The burst has the terminal event's role, since a piece of it is in there: the application never gets it."""
    cut = FinFault(before="terminal", inside=Mark.JSON)
    burst, end = told((token(1), STOP, TERMINAL), cut, CoalesceFault(), framing=framing)
    assert burst == "token 1, 1 other event and a piece of another event in one segment"
    assert end == "closes the connection (FIN)"


def test_pieces_of_a_burst() -> None:
    """Fragments are told by what ends in them; together they are the burst again."""
    writes = [
        Write(b"retry: 1\n\n", Role.START, (), (1,)),
        Write(b"data: a1\n\n", Role.DELTA, (1,), (2,)),
        Write(b"data: {}\n\n", Role.TERMINAL, (), (3,)),
    ]
    burst = join(writes)
    nothing, first, rest = cut_all(burst, (5, 22))
    assert words(cut_all(burst, (20,))[0]) == "token 1 and 1 block without data in one segment"
    assert words(nothing) == "a piece of an event (5 bytes)"
    (begun,) = list(planned((nothing, first)))[1:]
    assert step_words([begun]) == "← token 1, 1 other event and a piece of another event in one segment"
    assert words(rest) == "the terminal event in one segment"
    assert words(nothing, first, rest) == "token 1, the terminal event and 1 block without data in 3 segments"


def test_what_is_not_joined_is_told_by_its_role() -> None:
    """Whole events and fragments of single ones keep their names."""
    assert told((RETRY, token(1), STOP, TERMINAL)) == [
        "a block without data",
        "token 1",
        "a closing event",
        "the terminal event",
        "the end of the body (the last chunk)",
    ]
    plan = plan_of(Answer((TERMINAL,), framing=Framing.LENGTH), FragmentFault(size=10))
    writes = [op for op in plan.ops[1:] if isinstance(op, Write)]
    assert len(writes) > 1
    assert words(*writes) == f"the terminal event, {len(writes)} segments"


COMMENT = Frame(b": hold on\r\n: still there\n\n", Role.EXTRA)
NAMED = Frame(b"event: note\ndata: x\n\n", Role.EXTRA)


def test_a_block_that_is_no_event_is_not_told_as_one() -> None:
    """A reader makes an event of a block with data alone: comments and other fields are counted by themselves."""
    assert told((COMMENT, TERMINAL))[0] == "a comment"
    assert told((COMMENT, COMMENT, NAMED, TERMINAL), CoalesceFault())[0] == (
        "the terminal event, 1 other event, 2 comments and the end of the body in one segment"
    )
    plan = plan_of(Answer((COMMENT, NAMED, RETRY, COMMENT)))
    writes = [op for op in plan.ops[1:] if isinstance(op, Write) and op.role is Role.EXTRA]
    assert words(*writes) == "an event of the scenario's own and 2 comments"


def test_blocks_that_cant_be_read_are_told_as_events() -> None:
    """What is coded, or begins in the middle of a block, may be one."""
    garbled = Frame(b"\x1f\x8b\x08 coded", Role.EXTRA)
    assert told((garbled, TERMINAL))[0] == "an event of the scenario's own"
    whole = plan_of(Answer((COMMENT,), framing=Framing.LENGTH)).ops[1]
    assert isinstance(whole, Write)
    steps = list(planned(cut_all(whole, (4,))))
    assert step_words(steps[1:]) == "← an event of the scenario's own"
    assert step_words(steps) == "← a comment, 2 segments"
