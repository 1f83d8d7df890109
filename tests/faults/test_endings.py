"""Faults that end or stop the connection: reset, fin, half_close, stall."""

from __future__ import annotations

import pytest

from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import (
    AwaitConsumed,
    Fin,
    Framing,
    HalfClose,
    Op,
    Persistence,
    Reset,
    Silence,
    Wait,
    Write,
)
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.half_close import HalfCloseFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stall import StallFault
from support.voice import START, STOP, TERMINAL, chunk, delta, ops_of, plain, plan_of, small_answer, written

CHUNKED = small_answer(2)
LENGTH = small_answer(2, framing=Framing.LENGTH)
PAUSE = Wait(0.01)


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        (ResetFault(after_token=1), (AwaitConsumed(), Reset("reset"))),
        (FinFault(after_token=1), (AwaitConsumed(), Fin("fin"))),
        (HalfCloseFault(after_token=1), (AwaitConsumed(), HalfClose("half_close"), Silence())),
        (StallFault(after_token=1), (PAUSE, Silence("stall"))),  # it begins when the next event was due
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_ending_after_a_token_leaves_nothing_behind_it(
    fault: ResetFault | FinFault | HalfCloseFault | StallFault, end: tuple[Op, ...]
) -> None:
    """What comes before the position is untouched in either framing; then comes the end, with the fault's mark."""
    assert ops_of(CHUNKED, fault) == (chunk(START, 1), PAUSE, chunk(delta(1), 2), *end)
    assert ops_of(LENGTH, fault) == (plain(START, 1), PAUSE, plain(delta(1), 2), *end)


def test_a_reset_before_the_headers_writes_nothing() -> None:
    """The client sees the connection die without a status line."""
    assert plan_of(CHUNKED, ResetFault(before="headers")).ops == (AwaitConsumed(), Reset("reset"))


def test_a_fin_after_the_terminal_event_keeps_the_last_chunk_back() -> None:
    """Everything but the end of the body is there."""
    ops = ops_of(CHUNKED, FinFault(after="terminal"))
    assert ops[-3:] == (chunk(TERMINAL, 5), AwaitConsumed(), Fin("fin"))
    assert b"\r\n0\r\n" not in written(ops)


def test_a_fin_after_the_body_comes_in_place_of_the_planned_one() -> None:
    """With `Connection: close` there are not two of them."""
    ops = ops_of(small_answer(2, persistence=Persistence.CLOSE), FinFault(after="body"))
    assert [op for op in ops if isinstance(op, Fin)] == [Fin("fin")]
    assert written(ops).endswith(b"\r\n0\r\n\r\n")


def test_a_fin_inside_a_chunk_size_line() -> None:
    """The first size line after the position is cut in its middle."""
    *_, last, _, _ = ops_of(CHUNKED, FinFault(after_token=1, inside=Mark.CHUNK_SIZE))
    size_line = chunk(delta(2), 3).data[:4]
    assert last == Write(size_line[:2], delta(2).role, lead=2)


def test_a_reset_inside_a_character_leaves_its_first_bytes() -> None:
    """The token whose character is cut is not in the segment before the reset."""
    *_, last, _, _ = ops_of(LENGTH, ResetFault(after_token=1, inside=Mark.UTF8))
    assert isinstance(last, Write)
    assert last.tokens == ()
    with pytest.raises(UnicodeDecodeError):
        last.data.decode()


def test_a_stall_with_a_length_is_a_pause() -> None:
    """After it the stream goes on as planned, so that the bytes are those of the clean plan."""
    ops = ops_of(CHUNKED, StallFault(after_token=1, for_s=5.0))
    assert ops[:5] == (chunk(START, 1), PAUSE, chunk(delta(1), 2), PAUSE, Wait(5.0, "stall"))
    assert written(ops) == written(ops_of(CHUNKED))


def test_only_a_stall_without_end_ends_the_attempt() -> None:
    """A pause and a later reset go together; a silence for ever and a reset don't."""
    assert StallFault(after_token=1).ending
    assert not StallFault(after_token=1, for_s=1.0).ending
    ops = ops_of(CHUNKED, StallFault(after_token=1, for_s=1.0), ResetFault(after_event=4))
    assert ops[-3:] == (chunk(STOP, 4), AwaitConsumed(), Reset("reset"))
    assert Wait(1.0, "stall") in ops


def test_a_stall_of_no_length_is_an_error() -> None:
    """Zero seconds would be a fault that does nothing."""
    with pytest.raises(ValueError, match="leave it out"):
        StallFault(after_token=1, for_s=0.0)
