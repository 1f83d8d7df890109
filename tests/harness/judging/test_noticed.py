"""Whoever has read the byte by which a fault is noticed has met it, and nobody else, however the writes are arranged.

All faults that do more than reshape, with all that re-arranges writes. A reader that knows the healthy answer says
which byte that is.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain

import pytest

from ssedrill.judging.faults_met import why_not_tested
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog, Played, WireJournal
from ssedrill_faults import FAULTS
from ssedrill_faults.answer.headers import HeadersFault
from ssedrill_faults.answer.redirect import RedirectFault
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.fault import DoorFault, Fault, Impossible
from ssedrill_faults.frames.byte_order_mark import ByteOrderMarkFault
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.drop_event import DropEventFault
from ssedrill_faults.frames.drop_terminal import DropTerminalFault
from ssedrill_faults.frames.duplicate_event import DuplicateEventFault
from ssedrill_faults.frames.edit_event import EditEventFault
from ssedrill_faults.frames.error_event import ErrorEventFault
from ssedrill_faults.frames.insert_event import InsertEventFault
from ssedrill_faults.frames.keepalive_only import KeepaliveOnlyFault
from ssedrill_faults.frames.linger import LingerFault
from ssedrill_faults.frames.malformed_json import MalformedJsonFault
from ssedrill_faults.frames.ping import PingFault
from ssedrill_faults.frames.swap_events import SwapEventsFault
from ssedrill_faults.frames.unfinished_event import UnfinishedEventFault
from ssedrill_faults.http.bad_chunk import BadChunkFault
from ssedrill_faults.http.behind_the_end import BehindTheEndFault
from ssedrill_faults.http.buffer import BufferFault
from ssedrill_faults.http.chunk_borders import ChunkBordersFault
from ssedrill_faults.http.chunk_extensions import ChunkExtensionsFault
from ssedrill_faults.http.chunk_spelling import ChunkSpellingFault
from ssedrill_faults.http.content_length import ContentLengthFault
from ssedrill_faults.http.encode import EncodeFault
from ssedrill_faults.http.head_spelling import HeadSpellingFault
from ssedrill_faults.http.hold_head import HoldHeadFault
from ssedrill_faults.http.interim import InterimFault
from ssedrill_faults.http.transfer_encoding import TransferEncodingFault
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import Framing, Op, Plan, Role, Write
from ssedrill_faults.wire.coalesce import CoalesceFault
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.fragment import FragmentFault
from ssedrill_faults.wire.half_close import HalfCloseFault
from ssedrill_faults.wire.jitter import JitterFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stall import StallFault
from support.first_notice import noticed
from support.voice import plan_of, small_answer

HARM: list[Fault] = [
    StatusFault(code=503),
    RedirectFault(),
    HeadersFault(set={"Content-Type": "text/html"}),
    HeadersFault(bytes=300),
    ErrorEventFault(after_token=3),
    ErrorEventFault(after_token=3, then="continue"),
    ErrorEventFault(after_s=0.035),
    ErrorEventFault(after_token=3, then="stay"),
    *(
        MalformedJsonFault(after_token=3, kind=kind)
        for kind in ("truncated", "two-objects", "not-json", "wrong-types")
    ),
    InsertEventFault(after_token=3, data="x"),
    InsertEventFault(after_token=3, event="odd", data="x", times=3),
    InsertEventFault(after_token=3, raw_hex="646174613a c328 0a 0a"),
    InsertEventFault(after_s=0.035, data="x"),
    DropEventFault(after_token=3),
    DropEventFault(after_token=6, count=3),
    DuplicateEventFault(after_token=3, times=2),
    SwapEventsFault(after_token=3),
    EditEventFault(after_token=3, set={"k": "odd"}),
    EditEventFault(after_token=3, pad=500, count=2),
    UnfinishedEventFault(after_token=3),
    DropTerminalFault(),
    DropTerminalFault(stop=True),
    CleanEndFault(after_token=3),
    CleanEndFault(after_token=3, inside=Mark.JSON),
    LingerFault(),
    KeepaliveOnlyFault(after_token=3, for_s=3.0),
    StallFault(after_token=3),
    StallFault(after_token=3, for_s=3.0),
    StallFault(after_token=3, inside=Mark.JSON),
    FinFault(after_token=3),
    HalfCloseFault(after_token=3),
    ResetFault(after_token=3),
    *(BadChunkFault(after_token=3, size=size) for size in ("zz", "", "-1", "g")),
    *(BadChunkFault(after_token=3, off=off) for off in (-3, 1)),
    ContentLengthFault(off=-100),
    ContentLengthFault(off=10),
    ContentLengthFault(again=5),
    ContentLengthFault(again=5, chunked=True),
    ChunkSpellingFault(blanks=2),
    ChunkSpellingFault(blanks=1, zeros=2),
    HeadSpellingFault(reason="", space=False),
    HeadSpellingFault(line_end="lf"),
    TransferEncodingFault(times=2),
    TransferEncodingFault(value="gzip, chunked"),
    BehindTheEndFault(junk="HTTP/1.1 408"),
    BehindTheEndFault(response=408),
    EncodeFault(damage="utf8"),
    EncodeFault(cut_after_token=3),
    EncodeFault(label="br"),
    EncodeFault(unasked=True),
    PingFault(after_token=3, form="event"),
    PingFault(after_token=3, form="data"),
    PingFault(interval_s=0.015, form="event"),
    ByteOrderMarkFault(times=2),
]
"""Of each fault that does more than reshape, one or several."""

NONE_HERE = {"replay", "ids", "stale_connection"}
"""What needs a request that resumes, events with ids, or a connection that is used again."""

REARRANGED: list[tuple[Fault, ...]] = [
    (),
    *((FragmentFault(size=size),) for size in (1, 7)),
    (FragmentFault(size=3, after_token=1),),
    *((FragmentFault(at=mark),) for mark in (Mark.BYTE, Mark.JSON, Mark.CHUNK_SIZE)),
    (FragmentFault(size=5, head=True),),
    *((BufferFault(bytes=size),) for size in (None, 16, 100)),
    *((ChunkBordersFault(size=size),) for size in (5, 64)),
    *((CoalesceFault(events=events),) for events in (None, 3)),
    (ChunkExtensionsFault(),),
    (ChunkExtensionsFault(), FragmentFault(at=Mark.BYTE)),
    (HeadSpellingFault(names="lower"), FragmentFault(size=5, head=True)),
    (JitterFault(up_to_s=0.01), DelayFault(before="first-token", for_s=1.0), HoldHeadFault()),
    (InterimFault(), FragmentFault(size=3, head=True)),
    (CoalesceFault(events=3), FragmentFault(size=7)),
    (FragmentFault(size=7), BufferFault(bytes=64), FragmentFault(size=5)),
    (ChunkBordersFault(size=5), BufferFault(bytes=64)),
    *((EncodeFault(coding=coding),) for coding in ("gzip", "br", "zstd")),
    *((EncodeFault(coding=coding), FragmentFault(size=3)) for coding in ("gzip", "br", "zstd")),
    *((EncodeFault(coding=coding, flush="end"), FragmentFault(size=1)) for coding in ("gzip", "br", "zstd")),
    (EncodeFault(flush="end"), BufferFault(bytes=50)),
    (EncodeFault(), ChunkBordersFault(size=9), CoalesceFault(events=2)),
]
"""What re-arranges the writes and leaves what they say."""

QUICK_AND_SLOW = [
    others if i % 4 == 0 else pytest.param(others, marks=pytest.mark.slow) for i, others in enumerate(REARRANGED)
]
"""All of them; each fault with all is more than an ordinary run of the tests has time for."""


def ids(faults: Fault | tuple[Fault, ...]) -> str:
    """Return a name for a test."""
    return repr(faults)[:80]


def healthy(framing: Framing) -> Plan:
    """Return the plan of an answer without faults."""
    return plan_of(small_answer(8, framing=framing))


def body_of(plan: Plan) -> bytes:
    """Return the body of a plan whose segments are as they were rendered."""
    return b"".join(op.content for op in plan.ops if isinstance(op, Write) and op.role not in (Role.HEAD, Role.END))


def is_tested(plan: Plan, consumed: int) -> bool:
    """Tell whether a client was tested that has read so many bytes of an answer which was written as a whole."""
    played, end = [], 0
    for i, op in enumerate(plan.ops):
        end += len(op.data) if isinstance(op, Write) else 0
        played.append(Played(0.01 * i, i, end, read=end <= consumed))
    log = AttemptLog(1, 1, 0.0, plan, "POST", "/", kind=RequestKind.STREAM, played=played, consumed=consumed)
    return why_not_tested(WireJournal([], [log]), 1e9, faulted=True) is None


def is_of(op: Op, plan: Plan) -> bool:
    """Tell whether an operation shows a fault that does more than reshape."""
    return op.fault in plan.breaking


def test_every_fault_is_here() -> None:
    """Doors are met by whoever knocks; all others that may do more than reshape have a byte, or an end."""
    harmless = {name for name, fault in FAULTS.items() if fault.shaping and not fault.shaping_by}
    doors = {name for name, fault in FAULTS.items() if issubclass(fault, DoorFault)}
    assert {fault.name for fault in HARM} == set(FAULTS) - harmless - doors - NONE_HERE
    assert not [fault for fault in HARM if fault.shaping]
    assert not [fault for fault in chain(*REARRANGED) if not fault.shaping]


@pytest.mark.parametrize("fault", HARM, ids=ids)
def test_hardly_anything_is_impossible(fault: Fault) -> None:
    """Each is tried with most of what re-arranges, unless it leaves no stream."""
    possible = 0
    for others in REARRANGED:
        with suppress(Impossible):
            plan_of(small_answer(8), fault, *others)
            possible += 1
    assert possible > len(REARRANGED) / 2 or fault.name in ("redirect", "status")


@pytest.mark.parametrize("others", QUICK_AND_SLOW, ids=ids)
@pytest.mark.parametrize("fault", HARM, ids=ids)
def test_who_raises_where_it_is_noticed_has_met_it_and_who_left_one_byte_before_has_not(
    fault: Fault, others: tuple[Fault, ...]
) -> None:
    """In whatever framing; where a fault is an end, or a silence, it is noticed by all that was written before."""
    for framing in Framing:
        answer = small_answer(8, framing=framing)
        try:
            plan = plan_of(answer, fault, *others)
        except Impossible:
            continue
        bytes_at = noticed_in(plan, framing, [one for one in others if isinstance(one, EncodeFault)])
        assert is_tested(plan, bytes_at), f"{framing}: {bytes_at} bytes"
        assert not bytes_at or not is_tested(plan, bytes_at - 1), f"{framing}: {bytes_at} bytes"


@pytest.mark.parametrize("others", QUICK_AND_SLOW, ids=ids)
@pytest.mark.parametrize(
    "second", [one for one in HARM if one.name in ("edit_event", "error_event", "swap_events")], ids=ids
)
@pytest.mark.parametrize(
    "first", [EditEventFault(after_token=3, without=("data",), event="x"), ErrorEventFault(after_token=3)]
)
def test_of_two_faults_at_a_place_the_one_that_is_noticed_first_counts(
    first: Fault, second: Fault, others: tuple[Fault, ...]
) -> None:
    """Whichever of them leaves its mark on the event."""
    for framing in Framing:
        try:
            plan = plan_of(small_answer(8, framing=framing), first, second, *others)
        except Impossible:
            continue
        bytes_at = noticed(plan.data, body_of(healthy(framing)))
        if bytes_at is None:  # a proxy that holds all back never passes it on
            bytes_at = len(plan.data)
            assert BufferFault() in others
        assert is_tested(plan, bytes_at), f"{framing}: {bytes_at} bytes"


def noticed_in(plan: Plan, framing: Framing, codings: list[EncodeFault]) -> int:
    """Return how many bytes of a plan must be read to notice its fault."""
    right = healthy(framing)
    in_head = any(is_of(op, plan) for op in plan.ops if isinstance(op, Write) and op.role is Role.HEAD)
    if in_head:
        first = plan.data[plan.data.index(b"HTTP/1.1 ", 1) :] if b"HTTP/1.1 103" in plan.data else plan.data
        found = noticed(first, body_of(right), right.data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        assert found is not None
        return len(plan.data) - len(first) + found
    if "bad_chunk" in plan.breaking:  # of what is no content a decoder may make something for a while
        found = noticed(plan.data, body_of(plan_of(small_answer(8, framing=framing), *codings)), decodes=False)
        assert found is not None
        return found
    # What only breaks off is noticed by what does not come behind its last byte.
    breaks_off = body_of(right).rindex(b"\ndata:", 0, body_of(right).index(b"4."))
    found = noticed(plan.data, body_of(right), content=breaks_off if "unfinished_event" in plan.breaking else None)
    if found is not None:
        return found
    at = next(i for i, op in enumerate(plan.ops) if is_of(op, plan))
    if isinstance(plan.ops[at], Write):
        assert not any(isinstance(op, Write) for op in plan.ops[at + 1 :]), "it shows in no byte"
        return len(plan.data)
    return sum(len(op.data) for op in plan.ops[:at] if isinstance(op, Write))
