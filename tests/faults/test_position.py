"""Positions: where in an answer a fault strikes."""

from __future__ import annotations

from typing import Any

import pytest

from ssedrill_faults.fault import Impossible
from ssedrill_faults.http1 import render
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import Answer, Frame, Framing, Persistence, Reset, Role, Wait, Write
from ssedrill_faults.position import Position
from ssedrill_faults.segment import cut_all
from support.voice import CONTEXT, small_answer, written

ANSWER = small_answer(3)
OPS = render(ANSWER)
HEAD = len(OPS[0].data) if isinstance(OPS[0], Write) else 0


def roles_before(**place: Any) -> str:
    """Return the initials of the roles of the segments before a position."""
    before, after = Position(**place).split(OPS, CONTEXT)
    assert written(before) + written(after) == written(OPS)
    return "".join(op.role[0] for op in before if isinstance(op, Write))


@pytest.mark.parametrize(
    ("place", "before"),
    [
        ({"before": "headers"}, ""),
        ({"after": "headers"}, "h"),
        ({"after_event": 0}, "h"),
        ({"after_event": 1}, "hs"),
        ({"before": "first-token"}, "hs"),
        ({"after_token": 0}, "hs"),
        ({"after_token": 1}, "hsd"),
        ({"after_token": 3}, "hsddd"),
        ({"after_event": 5}, "hsddds"),
        ({"before": "terminal"}, "hsddds"),
        ({"after": "terminal"}, "hsdddst"),
        ({"after": "body"}, "hsdddste"),
        ({"after_byte": 0}, ""),
        ({"after_byte": HEAD}, "h"),
        ({"after_byte": HEAD + 1}, "hs"),
        ({"after_byte": len(written(OPS))}, "hsdddste"),
    ],
)
def test_a_place_on_the_wire(place: dict[str, Any], before: str) -> None:
    """Head, start, deltas, stop, terminal, end: what comes before the place, and no byte is lost."""
    assert roles_before(**place) == before


@pytest.mark.parametrize(
    ("place", "count"),
    [
        ({"after": "headers"}, 0),
        ({"after_event": 2}, 2),
        ({"after_event": 6}, 6),
        ({"before": "first-token"}, 1),
        ({"after_token": 2}, 3),
        ({"before": "terminal"}, 5),
        ({"after": "terminal"}, 6),
        ({"after": "body"}, 6),
    ],
)
def test_a_place_among_the_frames(place: dict[str, Any], count: int) -> None:
    """The same places, for faults that work on whole events."""
    assert Position(**place).frame_index(ANSWER.frames) == count


def test_every_byte_is_a_place() -> None:
    """Cutting after each byte gives exactly so many bytes, and the rest."""
    data = written(OPS)
    for offset in range(len(data) + 1):
        before, after = Position(after_byte=offset).split(OPS, CONTEXT)
        assert (written(before), written(after)) == (data[:offset], data[offset:])


def test_the_end_of_the_body_is_before_its_fin() -> None:
    """A fault after the body comes before the planned close."""
    ops = render(small_answer(1, persistence=Persistence.CLOSE))
    before, after = Position(after="body").split(ops, CONTEXT)
    assert written(before) == written(ops)
    assert len(after) == 1


def test_a_resumed_answer_has_passed_its_early_tokens() -> None:
    """After token 12 of an answer that begins with 25 is before its first token."""
    resumed = small_answer(2, first=25)
    assert Position(after_token=12).frame_index(resumed.frames) == 1
    assert Position(after_token=25).frame_index(resumed.frames) == 2


@pytest.mark.parametrize(
    ("mark", "head_data"),
    [
        (Mark.CHUNK_SIZE, b"28"),
        (Mark.JSON, b'28\r\ndata: {"k":"delta","d"'),
        (Mark.UTF8, b'28\r\ndata: {"k":"delta","d":{"t":" \xe0\xb8'),
    ],
)
def test_a_mark_inside_a_segment(mark: Mark, head_data: bytes) -> None:
    """The next segment that has the mark is cut there; its token and event belong to the second part."""
    before, after = Position(after_token=1, inside=mark).split(OPS, CONTEXT)
    head, tail = before[-1], after[0]
    assert isinstance(head, Write)
    assert isinstance(tail, Write)
    assert head.data == head_data
    assert (head.tokens, tail.tokens) == ((), (2,))
    assert (head.events, tail.events) == ((), (3,))
    assert (head.lead, tail.lead) == (min(4, len(head_data)), max(0, 4 - len(head_data)))
    assert (head.tail, tail.tail) == (0, 2)


def test_the_size_line_of_the_last_chunk_can_be_cut() -> None:
    """After the terminal event only the end of the body is left to cut."""
    before, after = Position(after="terminal", inside=Mark.CHUNK_SIZE).split(OPS, CONTEXT)
    assert written(before).endswith(b"\r\n0\r")
    assert written(after) == b"\n\r\n"


def test_a_line_ending_may_be_cut_in_two() -> None:
    """Between CR and LF of the stream, not of the HTTP framing."""
    answer = Answer((Frame(b"data: x\r\n\r\n", Role.DELTA, 1),))
    before, after = Position(after="headers", inside=Mark.CRLF).split(render(answer), CONTEXT)
    assert written(before).endswith(b"data: x\r\n\r")
    assert written(after).startswith(b"\n\r\n")


def test_after_the_headers_is_after_all_of_them() -> None:
    """If the head itself is cut, the position is behind its last part; without a head there is none."""
    head = OPS[0]
    assert isinstance(head, Write)
    before, _ = Position(after="headers").split((*cut_all(head, (1, 5)), *OPS[1:]), CONTEXT)
    assert written(before) == head.data
    with pytest.raises(Impossible, match="writes no headers"):
        Position(after="headers").split((Reset(),), CONTEXT)


def test_before_the_first_segment_nothing_is_written() -> None:
    """In a version of HTTP without a head, an answer may begin with its first token."""
    ops = (Wait(0.5), Write(b"data: 1\n\n", Role.DELTA, tokens=(1,)), Write(b"data: 2\n\n", Role.TERMINAL))
    assert Position(before="first-token").split(ops, CONTEXT) == ((), ops)
    assert Position(before="terminal").split(ops, CONTEXT) == (ops[:2], ops[2:])


def test_nothing_is_put_behind_an_ending() -> None:
    """After the body means before whatever ends the attempt."""
    assert Position(after="body").split((*OPS[:3], Reset()), CONTEXT) == (OPS[:3], (Reset(),))


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({"after_token": 4}, "after_token = 4, but the last token is 3"),
        ({"after_event": 7}, "after_event = 7, but the answer has fewer events"),
        ({"after_byte": 10_000}, r"after_byte = 10000, but the attempt writes \d+ bytes"),
        ({"after_token": 1, "inside": Mark.CRLF}, "no segment after this position has a place inside crlf"),
    ],
)
def test_a_place_beyond_the_answer_is_impossible(place: dict[str, Any], why: str) -> None:
    """The message says what is there instead."""
    with pytest.raises(Impossible, match=why):
        Position(**place).split(OPS, CONTEXT)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({"after_event": 7}, "after_event = 7, but the answer has 6 events"),
        ({"after_byte": 3}, "works on whole events"),
        ({"before": "headers"}, "works on whole events"),
        ({"after_token": 1, "inside": Mark.JSON}, "works on whole events"),
    ],
)
def test_a_place_that_is_no_frame_is_impossible(place: dict[str, Any], why: str) -> None:
    """Faults on events can't strike inside of them."""
    with pytest.raises(Impossible, match=why):
        Position(**place).frame_index(ANSWER.frames)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({"after_token": 1}, "no token 1"),
        ({"before": "first-token"}, "no first-token"),
        ({"before": "terminal"}, "no terminal"),
        ({"after": "terminal"}, "no terminal"),
    ],
)
def test_an_answer_without_events_has_few_places(place: dict[str, Any], why: str) -> None:
    """A whole JSON answer has neither tokens nor a terminal event."""
    whole = Answer((Frame(b"{}", Role.BODY),), framing=Framing.LENGTH)
    with pytest.raises(Impossible, match=why):
        Position(**place).split(render(whole), CONTEXT)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({}, "exactly one"),
        ({"inside": Mark.UTF8}, "exactly one"),
        ({"after_token": 1, "after_event": 1}, "exactly one"),
        ({"before": "terminal", "after": "terminal"}, "exactly one"),
        ({"after_token": -1}, "after_token can't be negative"),
        ({"after_byte": 1, "inside": Mark.UTF8}, "already exact"),
    ],
)
def test_settings_that_name_no_place_are_errors(place: dict[str, Any], why: str) -> None:
    """Exactly one place, not negative, and no mark inside an exact byte."""
    with pytest.raises(ValueError, match=why):
        Position(**place)
