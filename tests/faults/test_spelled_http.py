"""Heads and sizes of chunks that are spelled otherwise, and what stands beside those sizes."""

from __future__ import annotations

import re

import pytest

from ssedrill_faults import http1
from ssedrill_faults.answer.redirect import RedirectFault
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.fault import Fault, Impossible
from ssedrill_faults.frames.insert_event import InsertEventFault
from ssedrill_faults.http.buffer import BufferFault
from ssedrill_faults.http.chunk_borders import ChunkBordersFault
from ssedrill_faults.http.chunk_extensions import ChunkExtensionsFault
from ssedrill_faults.http.chunk_spelling import ChunkSpellingFault
from ssedrill_faults.http.head_spelling import HeadSpellingFault
from ssedrill_faults.plan import Plan, Role, Write
from ssedrill_faults.wire.coalesce import CoalesceFault
from ssedrill_faults.wire.fragment import FragmentFault
from support.voice import plan_of, small_answer

ANSWER = small_answer()
MAKE_CHUNKS = [
    ChunkBordersFault(size=20),
    FragmentFault(size=15),
    BufferFault(bytes=20),
    CoalesceFault(),
    InsertEventFault(after_s=0.0001, comment="x"),
]


def head(plan: Plan) -> bytes:
    """Return the head of a plan."""
    return b"".join(op.data for op in plan.ops if isinstance(op, Write) and op.role is Role.HEAD)


def sizes(plan: Plan) -> list[bytes]:
    """Return the lines that the sizes of a plan's chunks stand in."""
    rest, found = plan.data.partition(b"\r\n\r\n")[2], []
    while rest:
        line, _, rest = rest.partition(b"\r\n")
        found.append(line)
        size = int(re.split(rb"[; ]", line)[0], 16)
        rest = rest[size + 2 :]
    return found


@pytest.mark.parametrize("other", MAKE_CHUNKS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("named_first", [True, False])
@pytest.mark.parametrize(
    ("fault", "spelled"),
    [
        (ChunkExtensionsFault(text="a"), rb"[0-9a-f]+;a"),
        (ChunkSpellingFault(zeros=3), rb"000[0-9a-f]+"),
        (ChunkSpellingFault(blanks=2), rb"[0-9a-f]+  "),
    ],
    ids=["extensions", "zeros", "blanks"],
)
def test_every_chunk_has_it_whatever_makes_the_chunks(
    fault: Fault, spelled: bytes, other: Fault, named_first: bool
) -> None:
    """In whatever order they are named; and the content is what it was."""
    plan = plan_of(ANSWER, *((fault, other) if named_first else (other, fault)))
    assert len(sizes(plan)) > 1
    assert all(re.fullmatch(spelled, line) for line in sizes(plan)), sizes(plan)
    alone = plan_of(ANSWER, other)
    assert content(plan) == content(alone)
    assert [op.tokens for op in plan.ops if isinstance(op, Write)] == [
        op.tokens for op in alone.ops if isinstance(op, Write)
    ]
    assert fault.name in {op.fault for op in plan.ops}


def content(plan: Plan) -> bytes:
    """Return the body of a plan, as the operations declare it."""
    body = [op for op in plan.ops if isinstance(op, Write) and op.role is not Role.HEAD]
    spans = http1.body_spans(body)
    return b"".join(op.data[a:b] for op, own in zip(body, spans, strict=True) for a, b in own)


@pytest.mark.parametrize(
    ("fault", "begins", "status"),
    [
        (HeadSpellingFault(reason=""), b"HTTP/1.1 200 \r\n", "200 "),
        (HeadSpellingFault(reason="", space=False), b"HTTP/1.1 200\r\n", "200"),
        (HeadSpellingFault(reason="Fine"), b"HTTP/1.1 200 Fine\r\n", "200 Fine"),
        (HeadSpellingFault(line_end="lf"), b"HTTP/1.1 200 OK\n", "200 OK"),
    ],
)
def test_a_status_line_spelled_otherwise(fault: Fault, begins: bytes, status: str) -> None:
    """It is read as what it is."""
    plan = plan_of(ANSWER, fault)
    assert plan.data.startswith(begins)
    assert http1.read_head(head(plan)).status == status
    assert http1.read_head(head(plan)).headers == http1.read_head(head(plan_of(ANSWER))).headers


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (HeadSpellingFault(names="lower"), b"\r\ntransfer-encoding: chunked\r\n"),
        (HeadSpellingFault(names="upper", after_colon=0), b"\r\nTRANSFER-ENCODING:chunked\r\n"),
        (HeadSpellingFault(after_colon=3), b"\r\nTransfer-Encoding:   chunked\r\n"),
        (HeadSpellingFault(line_end="lf", names="lower"), b"\ntransfer-encoding: chunked\n"),
    ],
)
def test_headers_spelled_otherwise(fault: Fault, line: bytes) -> None:
    """Those that follow from the framing, too."""
    plan = plan_of(ANSWER, fault)
    assert line in head(plan)
    assert http1.read_head(head(plan)).headers == http1.read_head(head(plan_of(ANSWER))).headers


def test_what_is_legal_only_reshapes() -> None:
    """A status line without a blank, a line without CR, and a size with blanks are not."""
    legal = (HeadSpellingFault(reason=""), HeadSpellingFault(names="lower"), ChunkSpellingFault(zeros=1))
    others = (
        HeadSpellingFault(reason="", space=False),
        HeadSpellingFault(line_end="lf"),
        ChunkSpellingFault(zeros=1, blanks=1),
    )
    assert [fault.shaping for fault in (*legal, *others)] == [True, True, True, False, False, False]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_spelling_lets_no_two_faults_set_one_status(at: int) -> None:
    """Wherever it is named: else one of the two would be in the plan and have done nothing."""
    faults: list[Fault] = [StatusFault(code=404), RedirectFault()]
    faults.insert(at, HeadSpellingFault(reason=""))
    with pytest.raises(Impossible, match="both set the head"):
        plan_of(ANSWER, *faults)


@pytest.mark.parametrize("other", [StatusFault(code=404), RedirectFault()], ids=lambda fault: fault.name)
@pytest.mark.parametrize("named_first", [True, False])
def test_any_answer_may_be_spelled_so(other: Fault, named_first: bool) -> None:
    """In whatever order they are named; what breaks the answer has the mark."""
    spelled = HeadSpellingFault(reason="")
    plan = plan_of(ANSWER, *((spelled, other) if named_first else (other, spelled)))
    assert plan.data.startswith(f"HTTP/1.1 {plan.status} \r\n".encode())
    assert next(op.fault for op in plan.ops if isinstance(op, Write)) == other.name
