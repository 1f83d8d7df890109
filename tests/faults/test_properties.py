"""What holds for any answer and any composition of faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import accumulate, zip_longest

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ssedrill_faults import http1
from ssedrill_faults.answer.headers import HeadersFault
from ssedrill_faults.fault import Fault, Impossible
from ssedrill_faults.frames.edit_event import EditEventFault
from ssedrill_faults.frames.insert_event import InsertEventFault
from ssedrill_faults.frames.pace import PaceFault
from ssedrill_faults.http.buffer import BufferFault
from ssedrill_faults.http.chunk_borders import ChunkBordersFault
from ssedrill_faults.http.chunk_extensions import ChunkExtensionsFault
from ssedrill_faults.http.chunk_spelling import ChunkSpellingFault
from ssedrill_faults.http.codings import decoded
from ssedrill_faults.http.encode import EncodeFault
from ssedrill_faults.http.head_spelling import HeadSpellingFault
from ssedrill_faults.http.hold_head import HoldHeadFault
from ssedrill_faults.http.http_1_0 import Http10Fault
from ssedrill_faults.http.interim import InterimFault
from ssedrill_faults.http.trailers import TrailersFault
from ssedrill_faults.http.transfer_encoding import TransferEncodingFault
from ssedrill_faults.http1 import render
from ssedrill_faults.marks import Mark, cuts
from ssedrill_faults.plan import (
    ENDINGS,
    Answer,
    Fin,
    Framing,
    Plan,
    Role,
    Silence,
    Wait,
    Write,
)
from ssedrill_faults.segment import cut_all, join
from ssedrill_faults.served_text import ServedText
from ssedrill_faults.wire.coalesce import CoalesceFault
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.fragment import FragmentFault
from ssedrill_faults.wire.half_close import HalfCloseFault
from ssedrill_faults.wire.jitter import JitterFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stall import StallFault
from support.answers import Event, events
from support.drawn_answers import answers
from support.drawn_faults import MOVED, SPELLED, served_by
from support.h11_client import read_by_h11
from support.voice import SERVED, plan_of, small_answer

CUTTING = st.one_of(
    st.builds(FragmentFault, size=st.integers(1, 40), head=st.booleans()),
    st.builds(FragmentFault, size=st.integers(1, 40), after_token=st.integers(0, 5)),
    st.builds(FragmentFault, at=st.sampled_from(Mark), gap_s=st.sampled_from([0.0, 0.5])),
)
DELAYS = st.one_of(
    st.builds(DelayFault, before=st.sampled_from(["headers", "first-token", "terminal"]), for_s=st.just(1.0)),
    st.builds(DelayFault, after_byte=st.integers(0, 400), for_s=st.just(1.0)),
    st.builds(DelayFault, after=st.just("headers"), inside=st.sampled_from(Mark), for_s=st.just(1.0)),
)
HTTP: st.SearchStrategy[Fault] = st.one_of(
    st.builds(InterimFault, status=st.sampled_from([100, 102, 103]), times=st.integers(1, 3)),
    st.just(HeadersFault(set={"x-a": "1"})),
    st.just(TrailersFault(set={"x-sum": "1"})),
    st.just(Http10Fault()),
    st.just(TransferEncodingFault(value="Chunked")),
    st.builds(ChunkBordersFault, size=st.integers(1, 90)),
    st.builds(ChunkExtensionsFault, text=st.sampled_from(["a", 'b="c d"'])),
    st.builds(ChunkSpellingFault, zeros=st.integers(1, 8)),
    st.builds(HeadSpellingFault, reason=st.sampled_from(["", "Fine"]), names=st.sampled_from(["lower", "upper"])),
    st.builds(HeadSpellingFault, after_colon=st.sampled_from([0, 3])),
    st.just(HoldHeadFault()),
    st.builds(BufferFault, bytes=st.none() | st.integers(1, 90)),
)
CODED: st.SearchStrategy[Fault] = st.builds(
    EncodeFault, coding=st.sampled_from(["gzip", "deflate", "br", "zstd"]), flush=st.sampled_from(["event", "end"])
)
RESHAPING = st.one_of(
    CUTTING,
    DELAYS,
    st.builds(CoalesceFault, events=st.none() | st.integers(2, 4)),
    st.builds(PaceFault, every_s=st.sampled_from([0.0, 0.2])),
    st.builds(JitterFault, up_to_s=st.just(0.1)),
)
POSITIONS = st.one_of(
    st.fixed_dictionaries({"after_byte": st.integers(0, 500)}),
    st.fixed_dictionaries({"after_token": st.integers(0, 35)}),
    st.fixed_dictionaries({"after_event": st.integers(0, 8), "inside": st.none() | st.sampled_from(Mark)}),
    st.fixed_dictionaries({"before": st.sampled_from(["headers", "first-token", "terminal"])}),
    st.fixed_dictionaries({"after": st.sampled_from(["headers", "terminal", "body"])}),
)
ENDING_FAULTS: tuple[Callable[..., Fault], ...] = (ResetFault, FinFault, HalfCloseFault, StallFault)
ENDING = st.builds(lambda fault, position: fault(**position), st.sampled_from(ENDING_FAULTS), POSITIONS)


def possible(answer: Answer, *faults: Fault, served: ServedText | None = None) -> Plan:
    """Compose, and leave examples alone whose answer has not what a fault asks for."""
    try:
        return plan_of(answer, *faults, served=served or served_by(answer))
    except Impossible:
        assume(False)
        raise


def hides_numbers(fault: Fault) -> bool:
    """Tell whether a fault makes an event with several tokens, which have no number then, or one without an end."""
    if isinstance(fault, InsertEventFault):
        return (fault.data or "").count("{token") > 1 or not (fault.raw or "\n\n").endswith("\n\n")
    return isinstance(fault, EditEventFault) and "{token:7}" in fault.set.values()


def numbers(plan: Plan) -> tuple[list[int], list[int]]:
    """Return all token and event numbers of a plan, in order."""
    writes = [op for op in plan.ops if isinstance(op, Write)]
    return [n for op in writes for n in op.tokens], [n for op in writes for n in op.events]


def rechunked(answer: Answer, faults: list[Fault]) -> bool:
    """Tell whether chunks may be cut into smaller ones."""
    cutting = [fault for fault in faults if isinstance(fault, FragmentFault)]
    return answer.framing is Framing.CHUNKED and any(one.at not in (Mark.BYTE, Mark.CHUNK_SIZE) for one in cutting)


def head(plan: Plan) -> bytes:
    """Return the status line and the headers, or as much of them as there is."""
    return plan.data.partition(b"\r\n\r\n")[0]


def content(plan: Plan, answer: Answer) -> bytes:
    """Return the body without chunks, up to where it breaks off."""
    rest, found = plan.data.partition(b"\r\n\r\n")[2], b""
    if answer.framing is not Framing.CHUNKED:
        return rest
    while b"\r\n" in rest:
        size, _, rest = rest.partition(b"\r\n")
        found += rest[: int(size, 16)]
        rest = rest[int(size, 16) :].removeprefix(b"\r\n")
    return found


@given(answers(), st.lists(RESHAPING, min_size=1, max_size=4))
def test_reshaping_keeps_every_byte_and_every_number(answer: Answer, faults: list[Fault]) -> None:
    """Joined, the bytes are the clean plan's, chunks left aside if some were cut; all numbers are there, in order."""
    plan, clean = possible(answer, *faults), plan_of(answer)
    if rechunked(answer, faults):
        assert (head(plan), content(plan, answer)) == (head(clean), content(clean, answer))
    else:
        assert plan.data == clean.data
    assert numbers(plan) == numbers(clean)
    assert plan.breaking == ()


@given(answers(), ENDING, st.lists(CUTTING | DELAYS, max_size=2))
def test_an_ending_leaves_a_beginning(answer: Answer, ending: Fault, faults: list[Fault]) -> None:
    """The bytes are the beginning of the clean plan's, and the numbers are those that end within it."""
    plan, clean = possible(answer, ending, *faults), plan_of(answer)
    assert clean.data.startswith(head(plan) if rechunked(answer, faults) else plan.data)
    assert content(clean, answer).startswith(content(plan, answer))
    done, complete = 0, len(content(plan, answer))
    tokens: list[int] = []
    for frame in answer.frames:
        done += len(frame.data)
        tokens += [frame.token] if frame.token is not None and done <= complete else []
    assert numbers(plan)[0] == tokens
    first_end = next(i for i, op in enumerate(plan.ops) if isinstance(op, ENDINGS))
    assert plan.ops[first_end].fault == ending.name
    assert plan.ops[first_end + 1 :] == ((Silence(),) if ending.name == "half_close" else ())


@given(answers(), st.lists(RESHAPING, min_size=1, max_size=3))
def test_a_http_parser_reads_the_same_body_from_any_cut(answer: Answer, faults: list[Fault]) -> None:
    """Fed segment by segment, h11 gives the frames joined, in every framing."""
    plan = possible(answer, *faults)
    segments = [op.data for op in plan.ops if isinstance(op, Write)]
    read = read_by_h11(segments, closes=answer.framing is Framing.CLOSE)
    assert read.complete
    assert read.body == b"".join(frame.data for frame in answer.frames)


@settings(max_examples=200)
@given(answers(), st.lists(HTTP | RESHAPING, min_size=1, max_size=4))
def test_http_around_the_stream_keeps_the_body_and_every_number(answer: Answer, faults: list[Fault]) -> None:
    """However a healthy stream is wrapped, h11 reads the frames joined, and all numbers are there, in order."""
    plan = possible(answer, *faults)
    segments = [op.data for op in plan.ops if isinstance(op, Write)]
    read = read_by_h11(segments, closes=isinstance(plan.ops[-1], Fin))
    assert read.complete
    assert read.body == b"".join(frame.data for frame in answer.frames)
    assert read.left_over == b""
    assert numbers(plan) == numbers(plan_of(answer))
    assert plan.breaking == ()
    for op in plan.ops:
        if isinstance(op, Write):
            assert all(op.lead <= end <= op.content_end for end in (*op.token_ends, *op.event_ends))


@given(answers(), st.lists(HTTP | RESHAPING, max_size=2))
def test_what_is_declared_has_come(answer: Answer, faults: list[Fault]) -> None:
    """Of a stream wrapped in any way, the body up to each token's last byte has all of that token's event in it."""
    plan = possible(answer, *faults)
    wanted = {frame.token: frame.data for frame in answer.frames if frame.token is not None}
    segments: list[bytes] = []
    for op in plan.ops:
        if isinstance(op, Write):
            segments.append(op.data)
            for token in op.tokens:
                assert wanted[token] in read_so_far(segments)


def read_so_far(segments: list[bytes]) -> bytes:
    """Return what h11 has read of a body that may not be over."""
    return read_by_h11(segments, closes=False).body


@given(answers(), CODED, st.lists(HTTP | RESHAPING, max_size=2))
def test_what_is_declared_can_be_decoded(answer: Answer, coding: EncodeFault, faults: list[Fault]) -> None:
    """Decoded, the body is the clean one, and at each token's segment as much of it as the token needs is there."""
    plan = possible(answer, *faults, coding)
    wanted = {frame.token: frame.data for frame in answer.frames if frame.token is not None}
    segments: list[bytes] = []
    for op in plan.ops:
        if isinstance(op, Write):
            segments.append(op.data)
            if op.tokens:
                readable = decoded(coding.coding, read_so_far(segments))
                assert readable is not None
                assert all(wanted[token] in readable for token in op.tokens)
    assert decoded(coding.coding, read_so_far(segments)) == b"".join(frame.data for frame in answer.frames)
    assert numbers(plan) == numbers(plan_of(answer))


@given(answers(), st.none() | st.integers(1, 90))
def test_a_buffer_ends_when_the_clean_plan_does(answer: Answer, size: int | None) -> None:
    """All pauses are there, nothing leaves before it was due, and each block but the last has the size."""
    plan, clean = possible(answer, BufferFault(bytes=size)), plan_of(answer)
    waits = [op for op in plan.ops if isinstance(op, Wait) and op.fault != "buffer"]
    assert waits == [op for op in clean.ops if isinstance(op, Wait)]
    due: dict[int, float] = {}
    at = late = 0.0
    for op in clean.ops:
        at += op.seconds if isinstance(op, Wait) else 0
        due |= dict.fromkeys(op.events, at) if isinstance(op, Write) else {}
    blocks = [op for op in plan.ops if isinstance(op, Write) and op.role is not Role.HEAD]
    for op in plan.ops:
        late += op.seconds if isinstance(op, Wait) else 0
        assert not isinstance(op, Write) or all(late >= due[event] for event in op.events)
    sizes = [sum(end - start for start, end in http1.content_spans(op)) for op in blocks]
    full = [found for found in sizes if found]
    assert all(found == size for found in full[:-1])


@given(answers(), CUTTING)
def test_each_fragment_is_held_until_it_is_taken(answer: Answer, fault: FragmentFault) -> None:
    """Between a fragment and the segment before or after it there is always a hold."""
    plan = possible(answer, fault)
    pending = None
    for op in plan.ops:
        if isinstance(op, Write):
            if pending is not None:
                assert op.fault is pending.fault is None
            pending = op
        elif not isinstance(op, Wait):
            pending = None


@given(answers(), st.none() | st.integers(2, 4))
def test_a_burst_ends_when_the_clean_plan_does(answer: Answer, events: int | None) -> None:
    """The pauses have the same sum, and no segment leaves before its last event was due."""
    plan, clean = possible(answer, CoalesceFault(events=events)), plan_of(answer)
    due: dict[int, float] = {}
    at = late = 0.0
    for op in clean.ops:
        at += op.seconds if isinstance(op, Wait) else 0
        due |= dict.fromkeys(op.events, at) if isinstance(op, Write) else {}
    for op in plan.ops:
        late += op.seconds if isinstance(op, Wait) else 0
        if isinstance(op, Write) and op.events:
            assert abs(late - due[op.events[-1]]) < 1e-9
    assert abs(late - at) < 1e-9


@settings(max_examples=50)
@given(answers(), st.data())
def test_cutting_and_joining_are_exact_opposites(answer: Answer, data: st.DataObject) -> None:
    """The framing and the numbers of a segment that is cut anywhere add up again to the whole."""
    whole = join([op for op in render(answer) if isinstance(op, Write) and op.role is not Role.HEAD])
    offsets = sorted(data.draw(st.sets(st.integers(1, len(whole.data) - 1), max_size=6)))
    parts = cut_all(whole, offsets)
    assert [part.data for part in parts] == [
        whole.data[a:b] for a, b in zip([0, *offsets], [*offsets, len(whole.data)], strict=True)
    ]
    assert (sum(part.lead for part in parts), sum(part.tail for part in parts)) == (whole.lead, whole.tail)
    at, ends = 0, []
    for part in parts:
        ends += [at + end for end in part.event_ends]
        at += len(part.data)
    assert tuple(ends) == whole.event_ends


def marked(content: bytes, mark: Mark) -> set[int]:
    """Return where content has a mark, found another way than by looking at single bytes."""
    match mark:
        case Mark.UTF8:
            starts = list(accumulate((len(char.encode()) for char in content.decode()), initial=0))
            return set(range(len(content))) - set(starts)
        case Mark.CRLF:
            ends = list(accumulate(map(len, content.split(b"\r\n")[:-1]), lambda at, size: at + 2 + size))
            return {at + 1 for at in ends}
        case Mark.JSON:
            lines = [line.split(b"data: ")[1] for line in content.splitlines() if b"data: " in line]
            middles = [content.index(line) + len(line[: len(line) // 2]) for line in lines]
            return {len(content[:at].decode(errors="ignore").encode()) for at in middles}
        case Mark.BLANK_LINE:
            lines = content.decode("latin-1").replace("\r\n", "\n\0").replace("\r", "\n").split("\n")
            ends = list(accumulate((len(line) + 1 for line in lines), initial=0))
            empty = [n for n, line in enumerate(lines) if n and line in ("", "\0") and n < len(lines) - 1]
            return {ends[n] + (lines[n] == "\0") for n in empty if lines[n - 1] not in ("", "\0")}
        case Mark.BYTE | Mark.CHUNK_SIZE:
            raise AssertionError("these two are marks of the whole segment")


@given(answers(), st.sampled_from(Mark))
def test_marks_are_where_they_say(answer: Answer, mark: Mark) -> None:
    """A segment can be cut at all places of the mark's kind in it, and nowhere else."""
    writes = [op for op in render(answer) if isinstance(op, Write) and op.role is not Role.HEAD]
    for op, frame in zip_longest(writes, answer.frames):
        content = frame.data if frame else b""
        chunked = answer.framing is Framing.CHUNKED
        size = f"{len(content):x}\r\n" if chunked else ""
        expected: set[int]
        match mark:
            case Mark.BYTE:
                expected = set(range(1, len(size) + len(content) + 2 * chunked))
            case Mark.CHUNK_SIZE:
                expected = set(range(1, len(size)))
            case Mark.UTF8 | Mark.CRLF | Mark.JSON | Mark.BLANK_LINE:
                expected = {len(size) + at for at in marked(content, mark)}
        found = cuts(op, mark, http1)
        assert (found, len(found)) == (sorted(expected), len(expected))


def said(found: list[Event]) -> list[tuple[str, object, str]]:
    """Return what a client is told by events, JSON by its value."""
    return [(event.type, json.loads(event.data), event.id) for event in found]


def some_of(drawn: st.SearchStrategy[Fault], most: int) -> st.SearchStrategy[list[Fault]]:
    """Draw some of these faults."""
    return st.lists(drawn, min_size=1, max_size=most)


@given(answers(), some_of(SPELLED, 3), st.lists(RESHAPING, max_size=1))
def test_what_is_spelled_otherwise_says_the_same(answer: Answer, faults: list[Fault], more: list[Fault]) -> None:
    """Names, data and ids of all events are those of the clean plan, for a decoder that does as the standard says."""
    plan, clean = possible(answer, *faults, *more), plan_of(answer)
    assert said(events(plan)) == said(events(clean))
    assert numbers(plan)[0] == numbers(clean)[0]
    assert plan.breaking == ()


@given(answers(), some_of(MOVED | SPELLED, 3), st.lists(CUTTING, max_size=1))
def test_what_a_plan_says_of_its_bytes_holds(answer: Answer, faults: list[Fault], more: list[Fault]) -> None:
    """HTTP reads the body whole, events are numbered through, and each token is in what was written by then."""
    plan, served = possible(answer, *faults, *more), served_by(answer)
    writes = [op for op in plan.ops if isinstance(op, Write)]
    read = read_by_h11([op.data for op in writes], closes=answer.framing is Framing.CLOSE)
    assert read.complete
    assert read.body == b"".join(op.content for op in writes if op.role not in (Role.HEAD, Role.END))
    assert numbers(plan)[1] == list(range(1, len(numbers(plan)[1]) + 1))
    assert set(plan.breaking) <= {op.fault for op in plan.ops}
    so_far = b""
    for op in writes:
        so_far += op.content
        for token in op.tokens:
            text = served.text_of(token)
            spellings = (text, *(json.dumps(text, ensure_ascii=ascii)[1:-1] for ascii in (False, True)))
            assert any(spelling.encode() in so_far for spelling in spellings)


@given(st.integers(1, 5), some_of(MOVED, 4))
def test_what_can_be_read_is_what_is_counted(count: int, faults: list[Fault]) -> None:
    """The tokens that can be read are those that the plan sends, in their order, up to where reading stops.

    One that is spoiled may be read or not.
    """
    assume(not any(hides_numbers(fault) for fault in faults))
    plan = possible(small_answer(count), *faults, served=SERVED)
    writes = [op for op in plan.ops if isinstance(op, Write)]
    slots = [n for op in writes for n in op.token_slots]
    read = [n for n in plan.reads if n]
    rest = iter(slots)
    assert all(n in rest for n in read)
    if not any(op.spoiled for op in writes):
        assert read == slots[: len(read)]
