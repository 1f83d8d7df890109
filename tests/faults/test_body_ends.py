"""Faults that decide how the body ends: clean_end, drop_terminal, linger, keepalive_only."""

from __future__ import annotations

import pytest

from ssedrill_faults.fault import Impossible
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.drop_terminal import DropTerminalFault
from ssedrill_faults.frames.keepalive_only import KeepaliveOnlyFault
from ssedrill_faults.frames.linger import LingerFault
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import Answer, Fin, Frame, Framing, Persistence, Plan, Role, Silence, Wait, Write
from support.h11_client import read_by_h11
from support.voice import (
    CONTEXT,
    START,
    STOP,
    TERMINAL,
    SmallVoice,
    chunk,
    delta,
    last_chunk,
    ops_of,
    plain,
    plan_of,
    small_answer,
    written,
)

CHUNKED = small_answer(2)
LENGTH = small_answer(2, framing=Framing.LENGTH)
CLOSE = small_answer(2, framing=Framing.CLOSE)
PAUSE = Wait(0.01)
PING = SmallVoice().ping_frame()


def promised(plan: Plan) -> int:
    """Return the Content-Length in a plan's head."""
    head = plan.data.split(b"\r\n\r\n")[0]
    return int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])


def body(plan: Plan) -> bytes:
    """Return what a plan writes after its head."""
    return plan.data.split(b"\r\n\r\n", 1)[1]


def test_a_clean_end_sends_a_proper_last_chunk() -> None:
    """The frames after the position are gone; the last chunk carries the fault."""
    ops = ops_of(CHUNKED, CleanEndFault(after_token=1))
    assert ops == (
        chunk(START, 1),
        PAUSE,
        chunk(delta(1), 2),
        last_chunk("clean_end"),
    )


def test_a_clean_end_with_a_length_promises_the_shorter_body() -> None:
    """The length in the head is right, and a mark of no duration stands where the body ends."""
    plan = plan_of(LENGTH, CleanEndFault(after_token=1))
    assert promised(plan) == len(body(plan)) == len(START.data + delta(1).data)
    assert plan.ops[-1] == Wait(0.0, "clean_end")


def test_a_clean_end_of_a_closed_body_is_its_fin() -> None:
    """If the connection's end is the body's end, the FIN carries the fault."""
    assert ops_of(CLOSE, CleanEndFault(before="terminal"))[-1] == Fin("clean_end")


def test_a_clean_end_with_connection_close_marks_one_place_only() -> None:
    """The last chunk ends the body; the FIN after it is the ordinary one."""
    answer = small_answer(2, persistence=Persistence.CLOSE)
    assert ops_of(answer, CleanEndFault(after_token=1))[-2:] == (
        last_chunk("clean_end"),
        Fin(),
    )


def test_a_clean_end_after_everything_is_impossible() -> None:
    """It would leave nothing out."""
    with pytest.raises(Impossible, match="nothing after this position"):
        plan_of(CHUNKED, CleanEndFault(after="terminal"))


def test_drop_terminal_keeps_the_other_closing_events() -> None:
    """Only the event that says "complete" is missing."""
    ops = ops_of(CHUNKED, DropTerminalFault())
    assert ops[-2:] == (chunk(STOP, 4), last_chunk("drop_terminal"))


def test_drop_terminal_with_stop_ends_at_the_last_token() -> None:
    """All closing events are missing."""
    ops = ops_of(LENGTH, DropTerminalFault(stop=True))
    assert ops[-2:] == (plain(delta(2), 3), Wait(0.0, "drop_terminal"))


@pytest.mark.parametrize("fault", [DropTerminalFault(), LingerFault()], ids=lambda fault: fault.name)
def test_without_a_terminal_event_there_is_nothing_to_do(fault: DropTerminalFault | LingerFault) -> None:
    """An error body, for one, has none."""
    with pytest.raises(Impossible, match="no terminal event"):
        plan_of(Answer((Frame(b"{}", Role.BODY),)), fault)


def test_linger_sends_everything_but_the_end_of_the_body() -> None:
    """No last chunk, no FIN: silence, which carries the fault."""
    answer = small_answer(2, persistence=Persistence.CLOSE)
    assert ops_of(answer, LingerFault())[-2:] == (chunk(TERMINAL, 5), Silence("linger"))
    assert written(ops_of(answer, LingerFault())) == written(ops_of(CHUNKED))[: -len(b"0\r\n\r\n")]


@pytest.mark.parametrize(
    "fault", [LingerFault(), KeepaliveOnlyFault(after_token=1, every_s=1, for_s=3)], ids=lambda fault: fault.name
)
def test_an_open_end_promises_a_byte_that_never_comes(fault: LingerFault | KeepaliveOnlyFault) -> None:
    """A client that counts is left waiting as well."""
    plan = plan_of(LENGTH, fault)
    assert promised(plan) == len(body(plan)) + 1
    assert plan.ops[-1] == Silence(fault.name)


def test_keepalive_only_sends_pings_and_then_nothing() -> None:
    """So many as fit into the time, each after its pause and each with the mark."""
    ops = ops_of(CHUNKED, KeepaliveOnlyFault(after_token=1, every_s=0.1, for_s=0.3))
    pings = [op for event in (3, 4, 5) for op in (Wait(0.1), chunk(PING, event, "keepalive_only", 0))]
    assert ops == (chunk(START, 1), PAUSE, chunk(delta(1), 2), *pings, Silence("keepalive_only"))


@pytest.mark.parametrize(
    ("settings", "count", "every_s"),
    [({}, 600, 1.0), ({"every_s": 2.0, "for_s": 2.0}, 1, 2.0), ({"every_s": 0.5, "for_s": 50_000}, 100_000, 0.5)],
)
def test_how_long_the_pings_go_on(settings: dict[str, float], count: int, every_s: float) -> None:
    """For ten minutes, once a second, if nothing else is said; at least one ping, and a hundred thousand at most."""
    pings = KeepaliveOnlyFault(after="headers", **settings).rewrite(CHUNKED, CONTEXT).frames
    assert len(pings) == count
    assert {(ping.data, ping.wait_s) for ping in pings} == {(PING.data, every_s)}


@pytest.mark.parametrize(
    ("every_s", "for_s", "why"),
    [
        (0, 1, "above zero"),
        (2, 1, "single ping"),
        (0.001, 1000, "more than 100000 pings"),
        (1, 100_001, "more than 100000 pings"),
    ],
)
def test_keepalive_only_wants_a_sensible_number_of_pings(every_s: float, for_s: float, why: str) -> None:
    """At least one, and no more than a plan can hold."""
    with pytest.raises(ValueError, match=why):
        KeepaliveOnlyFault(after_token=1, every_s=every_s, for_s=for_s)


def test_a_body_has_one_end() -> None:
    """Two faults that both decide on it are refused by name."""
    with pytest.raises(Impossible, match="drop_terminal and clean_end both decide"):
        plan_of(CHUNKED, DropTerminalFault(), CleanEndFault(after_token=1))
    with pytest.raises(Impossible, match="clean_end and keepalive_only both decide"):
        plan_of(CHUNKED, CleanEndFault(after_token=1), KeepaliveOnlyFault(after_token=1))
    with pytest.raises(Impossible, match="keepalive_only and clean_end both decide"):
        plan_of(CHUNKED, KeepaliveOnlyFault(after_token=1), CleanEndFault(after_token=1))


@pytest.mark.parametrize("answer", [CHUNKED, LENGTH, CLOSE])
@pytest.mark.parametrize("inside", [Mark.BYTE, Mark.JSON, Mark.BLANK_LINE])
def test_a_clean_end_may_be_inside_an_event(answer: Answer, inside: Mark) -> None:
    """The body is whole as HTTP says, and its last event is not over; its token was not sent."""
    plan = plan_of(answer, CleanEndFault(after_token=1, inside=inside))
    found = read_by_h11([plan.data], closes=answer.framing is Framing.CLOSE)
    assert found.complete
    healthy = START.data + delta(1).data + delta(2).data
    assert healthy.startswith(found.body)
    assert len(START.data + delta(1).data) < len(found.body) < len(healthy)
    assert [n for op in plan.ops if isinstance(op, Write) for n in op.tokens] == [1]
    assert any(op.fault == "clean_end" for op in plan.ops)


def test_a_clean_end_inside_what_there_is_not() -> None:
    """No line of this stream ends with CR and LF."""
    with pytest.raises(Impossible, match="no event after this position has a place inside crlf"):
        plan_of(CHUNKED, CleanEndFault(after_token=1, inside=Mark.CRLF))
