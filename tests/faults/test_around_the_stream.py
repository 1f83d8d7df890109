"""Faults of HTTP as plans: what they mark, what they need, and what they leave to others."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from ssedrill_faults import http1
from ssedrill_faults.answer.headers import HeadersFault
from ssedrill_faults.answer.redirect import RedirectFault
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.fault import Fault, Impossible
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.drop_event import DropEventFault
from ssedrill_faults.frames.duplicate_event import DuplicateEventFault
from ssedrill_faults.frames.linger import LingerFault
from ssedrill_faults.http.bad_chunk import BadChunkFault
from ssedrill_faults.http.behind_the_end import BehindTheEndFault
from ssedrill_faults.http.buffer import BufferFault
from ssedrill_faults.http.chunk_borders import ChunkBordersFault
from ssedrill_faults.http.chunk_extensions import ChunkExtensionsFault
from ssedrill_faults.http.codings import decoded
from ssedrill_faults.http.content_length import ContentLengthFault
from ssedrill_faults.http.encode import EncodeFault
from ssedrill_faults.http.hold_head import HoldHeadFault
from ssedrill_faults.http.http_1_0 import Http10Fault
from ssedrill_faults.http.interim import InterimFault
from ssedrill_faults.http.trailers import TrailersFault
from ssedrill_faults.http.transfer_encoding import TransferEncodingFault
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import Answer, Fin, Frame, Framing, Op, Persistence, Role, Silence, Wait, Write
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.fragment import FragmentFault
from ssedrill_faults.wire.half_close import HalfCloseFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stall import StallFault
from support.voice import START, TERMINAL, plan_of, small_answer

CHUNKED = small_answer()
LENGTH = small_answer(framing=Framing.LENGTH)
CLOSE = small_answer(framing=Framing.CLOSE)
LONG = small_answer(40)
OLD = http1.for_http_1_0(CHUNKED)
LEAVING = small_answer(persistence=Persistence.CLOSE)
CUT = FinFault(after_token=1, inside=Mark.CHUNK_SIZE)
PAUSE_IN_SIZE = StallFault(after_token=1, inside=Mark.CHUNK_SIZE, for_s=1.0)

IMPOSSIBLE: list[tuple[object, list[Fault], str]] = [
    (LENGTH, [TrailersFault(set={"x": "1"})], "set needs a body that is sent in chunks"),
    (CHUNKED, [LingerFault(), TrailersFault(set={"x": "1"})], "linger lets it have no end"),
    (LENGTH, [ChunkBordersFault(size=5)], "size needs a body that is sent in chunks"),
    (CLOSE, [ChunkExtensionsFault()], "text needs a body that is sent in chunks"),
    (
        CHUNKED,
        [BadChunkFault(after_token=1, size="zz"), ChunkBordersFault(size=5)],
        "another fault has spoiled a chunk",
    ),
    (CLOSE, [BadChunkFault(after_token=1, size="zz")], "size needs a body that is sent in chunks"),
    (OLD, [FragmentFault(at=Mark.CHUNK_SIZE)], "at needs a body that is sent in chunks"),
    (LENGTH, [CUT], "inside needs a body that is sent in chunks"),
    (
        LONG,
        [ContentLengthFault(off=-999), EncodeFault(flush="end")],
        "content_length can't say 999 bytes less .* has ",
    ),
    (CHUNKED, [BadChunkFault(after="terminal", size="0")], "size = 0 is what the chunk has"),
    (OLD, [InterimFault()], "as old as this one"),
    (CHUNKED, [InterimFault(), Http10Fault()], "an old server has no interim"),
    (CHUNKED, [TrailersFault(set={"x": "1"}), Http10Fault()], "an old server has no interim"),
    (CHUNKED, [ContentLengthFault(chunked=True), Http10Fault()], "an old server has no interim"),
    (CHUNKED, [TransferEncodingFault(times=2), Http10Fault()], "an old server has no interim"),
    (LENGTH, [TransferEncodingFault(times=2)], "this one is not chunked"),
    (CHUNKED, [TransferEncodingFault(times=2), ContentLengthFault(off=1)], "of which transfer_encoding says"),
    (LENGTH, [ContentLengthFault(chunked=True)], "chunked needs a body that is sent in chunks"),
    (CHUNKED, [ContentLengthFault(off=1), ContentLengthFault(off=2)], "decides on the length already"),
    (CHUNKED, [LingerFault(), ContentLengthFault(off=1)], "linger decides on the length already"),
    (CHUNKED, [StatusFault(code=204), ContentLengthFault(off=1)], "status 204 has none"),
    (LEAVING, [BehindTheEndFault(junk="x")], "junk needs a connection that stays open"),
    (CHUNKED, [FinFault(after_token=1), BehindTheEndFault(response=408)], "response needs a connection"),
    (CHUNKED, [HoldHeadFault()], "the body begins at once"),
    (CHUNKED, [CUT, ChunkBordersFault(size=9)], "another fault cuts inside the framing of a chunk"),
    (CHUNKED, [PAUSE_IN_SIZE, ChunkBordersFault(size=9)], "another fault cuts inside the framing of a chunk"),
    (CHUNKED, [EncodeFault(), EncodeFault(coding="br")], "the body is coded already"),
    (CHUNKED, [StatusFault(code=204), EncodeFault()], "needs a body"),
    (CHUNKED, [StatusFault(code=429), HeadersFault(set={"x": "1"})], "its own fault has headers"),
    (CHUNKED, [StatusFault(code=429), RedirectFault()], "keep one of them"),
    (CHUNKED, [HeadersFault(set={"X-1": "2"}), HeadersFault(set={"x-1": "2", "y": "3"})], "has x-1, and .* already"),
]


@pytest.mark.parametrize(("answer", "faults", "why"), IMPOSSIBLE, ids=[why for _, _, why in IMPOSSIBLE])
def test_what_an_answer_has_not(answer: object, faults: list[Fault], why: str) -> None:
    """A fault that needs it is refused, and says so."""
    with pytest.raises(Impossible, match=why):
        plan_of(answer, *faults)  # type: ignore[arg-type]


def marks(ops: tuple[Op, ...]) -> list[str]:
    """Return the marks of a plan's operations, in order."""
    return [op.fault for op in ops if op.fault]


def test_a_cut_inside_a_chunk_size_is_kept_by_extensions() -> None:
    """It is the same size, cut at the same place; only whole sizes are extended."""
    cut, extended = plan_of(CHUNKED, CUT), plan_of(CHUNKED, CUT, ChunkExtensionsFault(text="a"))
    assert extended.data.replace(b";a\r\n", b"\r\n") == cut.data


def test_several_faults_share_a_head() -> None:
    """Each has its mark; the second one's is a pause of no length behind it."""
    plan = plan_of(CHUNKED, HeadersFault(set={"Content-Type": "text/html"}), EncodeFault(label="br"))
    assert marks(plan.ops) == ["headers", "encode"]
    assert plan.ops[1] == Wait(0.0, "encode")


def test_a_buffer_and_what_cuts_the_stream() -> None:
    """What is held when the connection ends is written before that; at a silence it is lost."""
    reset = plan_of(CHUNKED, ResetFault(after_token=2), BufferFault())
    assert [op.tokens for op in reset.ops if isinstance(op, Write)] == [(), (1, 2)]
    silent = plan_of(CHUNKED, StallFault(after_token=2), BufferFault())
    assert [op.tokens for op in silent.ops if isinstance(op, Write)] == [()]
    assert isinstance(silent.ops[-1], Silence)
    paused = plan_of(CHUNKED, StallFault(after_token=2, for_s=3.0), BufferFault())
    assert [op.tokens for op in paused.ops if isinstance(op, Write)] == [(), (1, 2, 3)]
    assert Wait(3.0, "stall") in paused.ops


@pytest.mark.parametrize("end", [FinFault, HalfCloseFault])
@pytest.mark.parametrize("place", [{"after_s": 0.025}, {"at_run_s": 0.025}])
def test_a_buffer_whose_upstream_closes_at_a_moment(end: Any, place: dict[str, float]) -> None:
    """It passes on what it has by then; the order in the scenario makes no difference."""
    closed, other = plan_of(CHUNKED, BufferFault(), end(**place)), plan_of(CHUNKED, end(**place), BufferFault())
    assert closed.ops == other.ops
    assert [op.tokens for op in closed.ops if isinstance(op, Write)] == [(), (1, 2)]
    assert sum(op.seconds for op in closed.ops if isinstance(op, Wait)) == pytest.approx(0.025)


def test_a_buffer_and_what_strikes_the_line_at_a_moment() -> None:
    """What a reset finds held back is lost, and the silence that a buffer makes is one."""
    reset = plan_of(CHUNKED, ResetFault(after_s=0.025), BufferFault())
    assert [op.tokens for op in reset.ops if isinstance(op, Write)] == [()]
    idle = plan_of(CHUNKED, FinFault(after_silence_s=0.025), BufferFault())
    assert [op.tokens for op in idle.ops if isinstance(op, Write)] == [()]
    assert idle.ops[-1] == Fin("fin")


def test_what_is_named_behind_a_buffer_is_done_to_its_blocks() -> None:
    """Ahead of it, it is done to what goes in."""
    behind = plan_of(CHUNKED, BufferFault(), FragmentFault(size=20), FinFault(after_s=0.025))
    assert [op.tokens for op in behind.ops if isinstance(op, Write)][1:] == [(), (), (), (1,), (), (2,)]
    assert behind.ops[-1] == Fin("fin")
    ahead = plan_of(CHUNKED, FragmentFault(size=20), BufferFault(), FinFault(after_s=0.025))
    assert [op.tokens for op in ahead.ops if isinstance(op, Write)] == [(), (1, 2)]


def test_a_segment_of_a_buffer_shows_one_other_fault() -> None:
    """A second one begins another block, so that both can be seen."""
    one = BadChunkFault(after_token=1, size="x")
    assert marks(plan_of(CHUNKED, one, BufferFault()).ops) == ["buffer", "bad_chunk"]
    both = plan_of(CHUNKED, one, ContentLengthFault(chunked=True), BufferFault())
    assert marks(both.ops) == ["content_length", "buffer", "bad_chunk"]


def test_a_held_head_comes_with_the_body() -> None:
    """The wait is ahead of it; interim responses are held back too."""
    held = plan_of(CHUNKED, InterimFault(), DelayFault(after="headers", for_s=2.0), HoldHeadFault())
    begins, *first = held.ops[:5]
    assert begins == Wait(0.0, "hold_head")
    assert first[0] == Wait(2.0, "delay")
    assert [getattr(op, "fault", None) for op in first[1:3]] == ["interim", "hold_head"]
    assert getattr(first[3], "role", None) is Role.START


def test_no_connection_of_http_1_0_stays() -> None:
    """Whatever a fault would like: neither for a client of it, nor with an old server."""
    stays = ContentLengthFault(off=1, then="stay")
    for plan in (plan_of(OLD, stays), plan_of(CHUNKED, Http10Fault(), stays), plan_of(CHUNKED, stays, Http10Fault())):
        assert b"\r\nConnection: close\r\n" in plan.data
        assert isinstance(plan.ops[-1], Fin)
    assert b"\r\nConnection: keep-alive\r\n" in plan_of(CHUNKED, stays).data


def test_a_head_is_held_whatever_holds_the_body() -> None:
    """A buffer does too, in whatever order the scenario has them."""
    held = plan_of(CHUNKED, BufferFault(), HoldHeadFault())
    assert plan_of(CHUNKED, HoldHeadFault(), BufferFault()).ops == held.ops
    at = next(i for i, op in enumerate(held.ops) if isinstance(op, Write))
    assert [getattr(op, "role", None) for op in held.ops[at : at + 2]] == [Role.HEAD, Role.TERMINAL]
    assert sum(op.seconds for op in held.ops[:at] if isinstance(op, Wait)) > 0


def test_a_held_head_at_the_end_of_the_connection() -> None:
    """A reset loses it, whatever comes at the end of an orderly close."""
    late = DelayFault(after="headers", for_s=2.0)
    reset, closed = (plan_of(CHUNKED, late, HoldHeadFault(), one(after_s=1.0)) for one in (ResetFault, FinFault))
    assert reset.data == b""
    assert closed.data == plan_of(CHUNKED).data[: len(closed.data)]
    assert closed.data.endswith(b"\r\n\r\n")


def test_codings_come_last() -> None:
    """A fault of the frames that is named behind it still works on what the frames say."""
    before = plan_of(CHUNKED, CleanEndFault(after_token=1), EncodeFault())
    assert plan_of(CHUNKED, EncodeFault(), CleanEndFault(after_token=1)).data == before.data
    body = b"".join(op.content for op in before.ops if isinstance(op, Write) and op.role is not Role.HEAD)
    text = decoded("gzip", body)
    assert text is not None
    assert text.count(b"delta") == 1


def test_a_coding_spoils_what_can_not_be_decoded() -> None:
    """The token of the event in which it is cut keeps its slot, and is not delivered."""
    plan = plan_of(CHUNKED, EncodeFault(cut_after_token=1))
    writes = [op for op in plan.ops if isinstance(op, Write)]
    assert [op.tokens for op in writes if op.tokens] == [(1,)]
    assert [op.spoiled for op in writes if op.spoiled] == [(2,)]
    assert marks(plan.ops) == ["encode"]


@pytest.mark.parametrize(
    ("header", "there"),
    [
        *(("gzip, deflate", True), ("GZIP;q=0.5", True), ("gzip ; Q=1.000", True), ("*", True)),
        *(("gzip;q=0, *", False), ("gzip;q=0.", False), ("br", False), ("", False), ("*;q=0", False)),
        ("br;q=0, gzip", True),
        *((f"gzip;{odd}", False) for odd in ("q=.", "q=1.0.0", "q=1.5", "q=0.5000", "q", "", "q=", "level=9", "q=½")),
    ],
)
def test_who_can_read_a_coding(header: str, there: bool) -> None:
    """Accept-Encoding says it; a wrong or an unasked coding goes to everybody."""
    assert EncodeFault().suits({"accept-encoding": header}) is there
    assert EncodeFault(label="br").suits({})
    assert EncodeFault(unasked=True).suits({})


def test_fragments_of_a_head_alone() -> None:
    """With body = false every event stays whole."""
    plan = plan_of(CHUNKED, FragmentFault(size=7, head=True, body=False))
    clean = plan_of(CHUNKED)
    assert plan.data == clean.data
    assert [op for op in plan.ops if isinstance(op, Write) and op.role is not Role.HEAD] == [
        op for op in clean.ops if isinstance(op, Write) and op.role is not Role.HEAD
    ]


def test_redirects_know_their_places() -> None:
    """What is not given is filled in during the run."""
    places = {"request": "/r/v1", "path": "/r", "origin": "http://a", "other_origin": "http://b"}
    for to, origin, location in (
        (None, None, "/r/v1"),
        ("/x", None, "/r/x"),
        ("/x", "same", "http://a/r/x"),
        (None, "other", "http://b/r/v1"),
    ):
        fault = RedirectFault(to=to, origin=origin)  # type: ignore[arg-type]
        assert f"\r\nLocation: {location}\r\n".encode() in plan_of(CHUNKED, fault.filled_in(places)).data
        assert fault.places <= places.keys()
    assert plan_of(CHUNKED, RedirectFault()).redirects


def test_headers_know_their_places() -> None:
    """In their values; all other braces are their own."""
    fault = HeadersFault(set={"x-a": "{origin}"}, add={"x-b": '{path}{"no": 1}'})
    done = fault.filled_in({"origin": "http://a", "path": "/r"})
    assert (done.set, done.add) == ({"x-a": "http://a"}, {"x-b": '/r{"no": 1}'})
    assert fault.filled_in({}) is fault


def test_an_answer_with_all_of_it() -> None:
    """What composes, composes: borders behind codings, extensions and trailers, with every token declared once."""
    plan = plan_of(
        replace(CHUNKED),
        EncodeFault(coding="zstd"),
        TrailersFault(set={"x": "1"}),
        InterimFault(times=2),
        ChunkBordersFault(size=11),
        ChunkExtensionsFault(),
    )
    assert [n for op in plan.ops if isinstance(op, Write) for n in op.tokens] == [1, 2, 3]
    assert set(marks(plan.ops)) >= {"encode", "trailers", "interim", "chunk_borders"}


def test_a_size_may_be_as_much_too_small_as_the_chunk_is_long() -> None:
    """It is that of the last chunk then, and what follows is behind the end."""
    size = len(CHUNKED.frames[0].data)
    struck = plan_of(CHUNKED, BadChunkFault(after="headers", off=-size))
    assert next(op for op in struck.ops if op.fault).data.startswith(b"0\r\ndata: ")  # type: ignore[union-attr]
    with pytest.raises(Impossible, match=f"the chunk there has no more than {size} bytes"):
        plan_of(CHUNKED, BadChunkFault(after="headers", off=-size - 1))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_coding_that_keeps_all_to_the_end_hides_no_other_fault(coding: Any) -> None:
    """Those that struck the events in the one segment all show, and the body is what it is without the coding."""
    struck = DuplicateEventFault(after_token=1), DropEventFault(after_token=2)
    plain = plan_of(CHUNKED, *struck)
    plan = plan_of(CHUNKED, *struck, EncodeFault(coding=coding, flush="end"))
    assert {"duplicate_event", "drop_event", "encode"} <= set(marks(plan.ops))
    content = [
        b"".join(op.content for op in one.ops if isinstance(op, Write) and op.role not in (Role.HEAD, Role.END))
        for one in (plain, plan)
    ]
    assert decoded(coding, content[1]) == content[0]
    assert plan.reads == plain.reads == (1, 1, 2, 0)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("flush", ["event", "end"])
def test_a_coding_keeps_the_time_that_an_answer_takes(coding: Any, flush: Any) -> None:
    """A frame whose bytes come with a later one is waited for no less, and no more, also in the middle of a body."""
    noise = random.Random(1)
    texts = ["".join(map(chr, noise.choices(range(0x4E00, 0x9000), k=noise.randrange(9, 9000)))) for _ in range(60)]
    frames = [Frame(f"data: {text}\n\n".encode(), Role.DELTA, n, 0.5) for n, text in enumerate(texts, start=1)]
    plan = plan_of(Answer((START, *frames, TERMINAL)), EncodeFault(coding=coding, flush=flush))
    waits = [op.seconds for op in plan.ops if isinstance(op, Wait)]
    assert sum(waits) == pytest.approx(30.0)
    sent = 0.0
    for op in plan.ops:
        sent += op.seconds if isinstance(op, Wait) else 0.0
        if isinstance(op, Write) and op.tokens:
            assert sent >= 0.5 * max(op.tokens) - 1e-9, "no token comes before it is due"
