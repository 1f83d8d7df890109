"""Segments that are cut and joined, chunks that are cut into chunks, and the marks that a cut may be at."""

from __future__ import annotations

from typing import Any

import pytest

from ssedrill_faults import http1
from ssedrill_faults.fault import Impossible
from ssedrill_faults.http1_chunks import content_spans, cut_content
from ssedrill_faults.marks import Mark, cuts
from ssedrill_faults.plan import Answer, Frame, Role, Write
from ssedrill_faults.position import Position
from ssedrill_faults.segment import cut_all, join
from support.voice import CONTEXT


def segment(data: bytes, role: Role = Role.DELTA, **fields: Any) -> Write:
    """Return a segment."""
    return Write(data, role, **fields)


# ---- joined


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ([Role.START, Role.DELTA, Role.PING], Role.PING),
        ([Role.DELTA, Role.TERMINAL, Role.PING], Role.TERMINAL),
        ([Role.TERMINAL, Role.END], Role.TERMINAL),
        ([Role.DELTA, Role.END], Role.DELTA),
        ([Role.END], Role.END),
    ],
)
def test_the_role_of_a_segment_that_was_joined(roles: list[Role], role: Role) -> None:
    """Terminal if any of them is; else the last that is more than the end of the body."""
    assert join([segment(b"x", one) for one in roles]).role is role


def test_what_was_joined_can_be_joined_again() -> None:
    """Every number keeps its place; the framing is that of the first in front and of the last behind."""
    one = segment(b"3aa-", tokens=(1,), events=(1,), lead=1, tail=1)
    two = segment(b"55bbb---", tokens=(2,), events=(2,), lead=2, tail=3, spoiled=(9,))
    three = segment(b"777c--", Role.TERMINAL, events=(3,), lead=3, tail=2)
    joined = join([join([one, two]), three])
    assert joined == join([one, two, three])
    assert (joined.tokens, joined.token_ends) == ((1, 2), (3, 9))
    assert (joined.events, joined.event_ends) == ((1, 2, 3), (3, 9, 16))
    assert (joined.lead, joined.tail, joined.spoiled) == (1, 2, (9,))


# ---- cut


@pytest.mark.parametrize("offsets", [(0,), (10,), (3, 3), (5, 3), (2, 11)])
def test_no_part_is_empty(offsets: tuple[int, ...]) -> None:
    """Offsets ascend, and lie inside the segment."""
    with pytest.raises(ValueError, match="can't cut 10 bytes at"):
        cut_all(segment(b"3--abcde--"), offsets)


@pytest.mark.parametrize(("at", "holder"), [(4, 1), (7, 1), (8, 0), (9, 0)])
def test_spoiled_tokens_are_where_the_content_ends(at: int, holder: int) -> None:
    """Of two parts one has them: the one with the content's last byte."""
    parts = cut_all(segment(b"3--abcde--", lead=3, tail=2, spoiled=(7,)), (at,))
    assert [part.spoiled for part in parts] == ([(), (7,)] if holder else [(7,), ()])


def test_chunks_are_cut_where_the_next_begins() -> None:
    """Both stay as they were; what was spoiled stays with the last of them."""
    two = segment(b"2\r\nab\r\n3\r\ncde\r\n", lead=3, tail=2, events=(1, 2), event_ends=(5, 13), spoiled=(4,))
    first, second = cut_content(two, (10,))
    assert (first.data, second.data) == (b"2\r\nab\r\n", b"3\r\ncde\r\n")
    assert (first.events, first.event_ends, first.spoiled) == ((1,), (5,), ())
    assert (second.events, second.event_ends, second.spoiled) == ((2,), (6,), (4,))


def test_the_last_part_of_a_chunk_that_is_not_whole_announces_what_is_to_come() -> None:
    """Its size line may be longer for that, and so may what counts as framing ahead of its content."""
    first, last = cut_content(segment(b"20\r\nabcdefghij", lead=4, tokens=(), events=()), (8,))
    assert (first.data, first.lead, first.tail) == (b"4\r\nabcd\r\n", 3, 2)
    assert (last.data, last.lead, last.tail) == (b"1c\r\nefghij", 4, 0)
    first, last = cut_content(segment(b"5\r\nabcde\r\n20\r\nfg", lead=3), (5,))
    assert first.data == b"2\r\nab\r\n"
    assert (last.data, last.lead) == (b"3\r\ncde\r\n20\r\nfg", 3)


def test_a_number_without_an_end_of_its_own_is_in_the_part_with_the_contents_last_byte() -> None:
    """As in any other segment."""
    parts = cut_content(segment(b"5\r\nabcde\r\n", lead=3, tail=2, tokens=(6,), events=(7,)), (5, 7))
    assert [(part.tokens, part.events) for part in parts] == [((), ()), ((), ()), ((6,), (7,))]
    assert all(part.token_ends == part.event_ends == () for part in parts)


def test_where_there_is_no_content() -> None:
    """In the end of a body, and in a piece of framing."""
    assert content_spans(segment(b"0\r\n\r\n", Role.END, lead=3, tail=2)) == []
    assert content_spans(segment(b"\r\n", tail=2)) == []
    assert content_spans(segment(b"5\r\n", lead=3)) == []
    assert content_spans(segment(b"abc")) == [(0, 3)]


# ---- marks


@pytest.mark.parametrize(("text", "at"), [("กขค", 4), ("aกขค", 5), ("aกขคง", 5), ("aaกขค", 6)])
def test_a_cut_inside_json_is_at_the_beginning_of_a_character(text: str, at: int) -> None:
    """Of three bytes each, whichever of them the middle falls on."""
    op = segment(f'data: "{text}"\n\n'.encode())
    (found,) = cuts(op, Mark.JSON, http1)
    assert found == len("data: ") + at
    op.data[found:].decode()


def test_no_mark_is_in_the_first_byte() -> None:
    """A segment may begin inside a character, or between CR and LF: there is nothing to cut off there."""
    assert cuts(segment(b"\xb8\x81\n"), Mark.UTF8, http1) == [1]
    assert cuts(segment(b"\nx\r\n"), Mark.CRLF, http1) == [3]
    assert cuts(segment(b"\r\nx\ry"), Mark.CRLF, http1) == [1]
    assert cuts(segment("é".encode()), Mark.UTF8, http1) == [1]
    assert cuts(segment(b"\xff\xc0"), Mark.UTF8, http1) == []


# ---- positions


def test_a_place_inside_is_never_in_the_headers() -> None:
    """The next segment behind them is meant."""
    ops = http1.render(Answer((Frame(b"data: 1\n\n", Role.DELTA, 1),)))
    before, after = Position(before="headers", inside=Mark.BYTE).split(ops, CONTEXT)
    assert before[0] == ops[0]
    assert len(before) == 2
    assert len(before[1].data) + len(after[0].data) == len(ops[1].data)


@pytest.mark.parametrize("place", [{"before": "terminal"}, {"after": "terminal"}])
def test_a_place_that_the_answer_lacks_is_named(place: dict[str, Any]) -> None:
    """It has tokens, but no terminal event."""
    with pytest.raises(Impossible, match="the answer has no terminal"):
        Position(**place).frame_index([Frame(b"data: 1\n\n", Role.DELTA, 1)])
