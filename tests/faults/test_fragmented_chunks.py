"""In a chunked body a fragment is a chunk of its own, so that a reader of whole chunks meets the cut."""

from __future__ import annotations

from typing import Any

from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import Answer, AwaitConsumed, Frame, Reset, Role, Wait, Write
from ssedrill_faults.wire.coalesce import CoalesceFault
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fragment import FragmentFault
from ssedrill_faults.wire.reset import ResetFault
from support.voice import ops_of, plan_of, small_answer

CHUNKED = small_answer(2)
HELD = AwaitConsumed()


def part(data: bytes, **numbers: Any) -> Write:
    """Return one fragment of a token's event."""
    return Write(data, Role.DELTA, fault="fragment", **numbers)


def test_fragments_of_a_chunk_are_chunks() -> None:
    """Each fragment has its own size and line end around its content, and the numbers stay on the last one."""
    ops = ops_of(Answer((Frame(b"data: 1\n\n", Role.DELTA, 1),)), FragmentFault(size=5))
    assert ops == (
        HELD,
        part(b"5\r\ndata:\r\n", lead=3, tail=2),
        HELD,
        part(b"4\r\n 1\n\n\r\n", tokens=(1,), events=(1,), lead=3, tail=2),
        HELD,
        Write(b"0\r\n\r\n", Role.END, lead=3, tail=2),
    )


def test_a_chunk_that_breaks_off_announces_what_it_did() -> None:
    """Cut into fragments it is as short of its end as before: 9 bytes were promised, 7 come."""
    answer = Answer((Frame(b"data: 1\n\n", Role.DELTA, 1),))
    whole = plan_of(answer).ops[0]
    assert isinstance(whole, Write)
    short = len(whole.data) + 3 + 7
    ops = ops_of(answer, ResetFault(after_byte=short), FragmentFault(size=5))
    assert [op.data for op in ops if isinstance(op, Write)] == [b"5\r\ndata:\r\n", b"4\r\n 1"]
    assert ops[-1] == Reset("reset")


def test_fragments_of_joined_chunks() -> None:
    """A fragment may hold the end of one chunk and the start of the next; offsets are those in the new segment."""
    answer = Answer((Frame(b"data: 1\n\n", Role.DELTA, 1), Frame(b": p\n\n", Role.PING)))
    one, two, three = (op for op in ops_of(answer, CoalesceFault(), FragmentFault(size=6)) if isinstance(op, Write))
    assert one.data == b"6\r\ndata: \r\n"
    assert two.data == b"3\r\n1\n\n\r\n3\r\n: p\r\n"
    assert (two.tokens, two.token_ends, two.events, two.event_ends) == ((1,), (6,), (1,), (6,))
    assert three.data == b"2\r\n\n\n\r\n0\r\n\r\n"
    assert (three.events, three.event_ends, three.lead, three.tail) == ((2,), (5,), 3, 2)


def test_the_rest_of_a_chunk_is_cut_between_its_bytes() -> None:
    """Behind a pause inside a chunk its size has been sent: what is left of it can't be chunks of their own."""
    ops = ops_of(CHUNKED, DelayFault(after_token=1, inside=Mark.UTF8, for_s=1.0), FragmentFault(size=4))
    pause = next(i for i, op in enumerate(ops) if isinstance(op, Wait) and op.seconds == 1.0)
    rest = next(op for op in ops[pause:] if isinstance(op, Write))
    assert len(rest.data) == 4
    assert rest.lead == 0


def test_a_cut_between_cr_and_lf_is_one_of_the_stream() -> None:
    """The line ends of chunks that were joined are none of the stream's: they are not cut."""
    answer = Answer((Frame(b"data: 1\r\n\r\n", Role.DELTA, 1), Frame(b": p\r\n\r\n", Role.PING)))
    ops = ops_of(answer, CoalesceFault(), FragmentFault(at=Mark.CRLF))
    pieces = [op.data for op in ops if isinstance(op, Write)]
    assert pieces == [
        b"8\r\ndata: 1\r\r\n",
        b"2\r\n\n\r\r\n",
        b"1\r\n\n\r\n4\r\n: p\r\r\n",
        b"2\r\n\n\r\r\n",
        b"1\r\n\n\r\n0\r\n\r\n",
    ]
