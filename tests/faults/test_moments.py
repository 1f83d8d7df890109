"""Moments: places by time, along the pauses of a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ssedrill_faults.fault import Impossible
from ssedrill_faults.plan import Fin, Op, Reset, Role, Silence, Wait, Write
from ssedrill_faults.position import Position
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stall import StallFault
from support.voice import CONTEXT, plan_of, small_answer

ONE, TWO = (Write(b"x", Role.DELTA, (n,), (n,)) for n in (1, 2))
OPS: tuple[Op, ...] = (Write(b"h", Role.HEAD), Wait(1.0), ONE, Wait(2.0), TWO, Fin())


def others(ops: tuple[Op, ...]) -> list[Op]:
    """Return what is no pause."""
    return [op for op in ops if not isinstance(op, Wait)]


@pytest.mark.parametrize(
    ("place", "before"),
    [
        ({"after_s": 0.0}, ()),
        ({"after_s": 1.0}, OPS[:2]),  # at the same instant it comes before the token
        ({"after_s": 2.5}, (*OPS[:3], Wait(1.5))),
        ({"after_s": 3.0}, OPS[:4]),
        ({"after_silence_s": 1.0}, OPS[:2]),
        ({"after_silence_s": 1.25}, (*OPS[:3], Wait(1.25))),
        ({"at_run_s": 2.5}, (*OPS[:3], Wait(1.5))),
    ],
)
def test_a_moment_falls_between_what_is_due_before_it_and_what_comes_then(place: Any, before: Any) -> None:
    """A pause is cut in two there, and not a bit of it is lost."""
    found, rest = Position(**place).split(OPS, CONTEXT)
    assert found == before
    waits = [op.seconds for op in (*found, *rest) if isinstance(op, Wait)]
    assert sum(waits) == 3.0
    assert others((*found, *rest)) == others(OPS)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ({"after_s": 3.5}, "the answer is over after 3 s, which is before 3.5 s"),
        ({"after_silence_s": 2.5}, "the answer is never silent for 2.5 s, only for 2 s"),
    ],
)
def test_a_moment_that_never_comes(place: Any, why: str) -> None:
    """What is over before cannot be hit."""
    with pytest.raises(Impossible, match=why):
        Position(**place).split(OPS, CONTEXT)


def test_silence_lasts_for_ever() -> None:
    """Any moment falls into a silence without end."""
    ops = (Write(b"h", Role.HEAD), Wait(1.0), Silence())
    assert Position(after_s=60.0).split(ops, CONTEXT) == ((*ops[:2], Wait(59.0)), (Silence(),))
    assert Position(after_silence_s=60.0).split(ops, CONTEXT) == ((*ops[:2], Wait(59.0)), (Silence(),))


def test_pings_end_a_silence() -> None:
    """It counts from the last byte."""
    ops = (ONE, Wait(40.0), Write(b": ping", Role.PING), Wait(70.0), TWO, Fin())
    before, _ = Position(after_silence_s=60.0).split(ops, CONTEXT)
    assert before == (*ops[:3], Wait(60.0))


def test_all_pauses_of_an_attempt_count() -> None:
    """Those of other faults too, in whatever order the scenario has them."""
    answer = small_answer(3)
    for faults in (
        (ResetFault(after_s=1.015), DelayFault(after_token=1, for_s=1.0)),
        (DelayFault(after_token=1, for_s=1.0), ResetFault(after_s=1.015)),
    ):
        ops = plan_of(answer, *faults).ops
        assert sum(op.seconds for op in ops if isinstance(op, Wait)) == pytest.approx(1.015)
        assert [op.tokens for op in ops if isinstance(op, Write) and op.tokens] == [(1,)]
        assert isinstance(ops[-1], Reset)


def test_a_moment_of_the_run_is_another_in_each_attempt() -> None:
    """It counts from the beginning of the run, not of the request."""
    place = Position(at_run_s=10.0)
    later = replace(CONTEXT, run_t=8.5)
    assert place.split(OPS, later)[0] == (*OPS[:3], Wait(0.5))
    assert place.split(OPS, replace(CONTEXT, run_t=10.0))[0] == ()
    with pytest.raises(Impossible, match="the request came later, at 11 s"):
        place.split(OPS, replace(CONTEXT, run_t=11.0))


def test_a_cut_at_a_silence_comes_after_it() -> None:
    """As of a balancer that cuts what has been idle for so long."""
    ops = plan_of(small_answer(3), StallFault(after_token=2, for_s=90.0), FinFault(after_silence_s=60.0)).ops
    assert sum(op.seconds for op in ops if isinstance(op, Wait)) == pytest.approx(60.02)
    assert ops[-1] == Fin("fin")


def test_a_moment_is_exact() -> None:
    """A mark besides would say two things."""
    with pytest.raises(ValueError, match="after_s is already exact"):
        ResetFault(after_s=1.0, inside="json")  # type: ignore[arg-type]
