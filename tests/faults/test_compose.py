"""Folding faults into a plan: order, contradictions, chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pytest

from ssedrill_faults import http1
from ssedrill_faults.compose import compose, contradiction, generator
from ssedrill_faults.fault import Context, Fault, Impossible, WireFault
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.error_event import ErrorEventFault
from ssedrill_faults.frames.linger import LingerFault
from ssedrill_faults.frames.malformed_json import MalformedJsonFault
from ssedrill_faults.http1 import render
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import Answer, Frame, Op, Plan, Reset, Role, Wait, Write
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.fragment import FragmentFault
from ssedrill_faults.wire.jitter import JitterFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stall import StallFault
from support.voice import SmallVoice, plan_of, small_answer

ANSWER = small_answer(6)


@dataclass(frozen=True, kw_only=True)
class Nothing(WireFault):
    """The smallest fault."""

    name = "nothing"
    shaping = True

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Leave everything as it is."""
        return ops


class Other:
    """A version of HTTP that puts a size of four digits ahead of each frame, and has no head."""

    def render(self, answer: Answer) -> tuple[Op, ...]:
        """See HttpVersion."""
        return tuple(self._sized(frame) for frame in answer.frames)

    def chunk_size_cuts(self, op: Write) -> tuple[int, ...]:
        """See HttpVersion. Only between the second digit and the third."""
        return (2,) if op.lead else ()

    def _sized(self, frame: Frame) -> Write:
        return Write(b"%04d" % len(frame.data) + frame.data, frame.role, lead=4)


def waits(plan: Plan) -> list[float]:
    """Return the pauses of a plan."""
    return [op.seconds for op in plan.ops if isinstance(op, Wait)]


def test_without_faults_the_plan_is_the_rendered_answer() -> None:
    """Nothing is added, and the plan says so."""
    plan = plan_of(ANSWER, Nothing())
    assert plan.ops == render(ANSWER)
    assert (plan.status, plan.faults, plan.breaking) == (200, ("nothing",), ())


@pytest.mark.parametrize(
    "pair",
    [
        (ResetFault(after_token=1), FinFault(after_token=2)),
        (LingerFault(), ResetFault(after_token=1)),
        (StallFault(after_token=1), ResetFault(after_token=2)),
    ],
    ids=lambda pair: "-".join(fault.name for fault in pair),
)
def test_an_attempt_ends_once(pair: tuple[Fault, Fault]) -> None:
    """Two endings contradict each other in either order, and the message has both names and what to do."""
    first, second = pair
    cure = "give stall a time (for), or keep" if first.name == "stall" else "keep one of them"
    why = contradiction(pair)
    assert why is not None
    assert why.startswith(f"{first.name} and {second.name} each end the attempt; {cure}")
    with pytest.raises(Impossible, match="each end the attempt"):
        plan_of(ANSWER, second, first)


def test_a_pause_and_an_ending_do_not_contradict() -> None:
    """A stall with a length ends nothing."""
    assert contradiction((StallFault(after_token=1, for_s=1.0), ResetFault(after_token=2))) is None


@pytest.mark.parametrize("reverse", [False, True])
def test_shaping_comes_after_the_rest_whatever_the_order(reverse: bool) -> None:
    """The reset finds its character whole, and every byte before it is alone, the last one as well."""
    faults: list[Fault] = [FragmentFault(at=Mark.BYTE), ResetFault(after_token=2, inside=Mark.UTF8)]
    plan = plan_of(ANSWER, *(reversed(faults) if reverse else faults))
    assert {len(op.data) for op in plan.ops[1:] if isinstance(op, Write)} == {1}
    assert type(plan.ops[-1]).__name__ == "Reset"
    assert plan.breaking == ("reset",)


def test_events_are_faulted_before_the_wire() -> None:
    """A reset after event 3 counts the error event that another fault puts there."""
    plan = plan_of(ANSWER, ResetFault(after_event=3), ErrorEventFault(after_token=1, then="continue"))
    marked = [op.fault for op in plan.ops if op.fault]
    assert marked == ["error_event", "reset"]


@pytest.mark.parametrize(
    ("faults", "lost"),
    [
        ((MalformedJsonFault(after_token=3), ResetFault(after_token=2)), "malformed_json"),
        ((ErrorEventFault(after_token=4), CleanEndFault(after_token=2)), "error_event"),
        ((StallFault(after_token=4, for_s=1.0), ResetFault(after_token=2)), "stall"),
    ],
)
def test_a_fault_that_another_one_cuts_off_is_refused(faults: tuple[Fault, ...], lost: str) -> None:
    """It could never take effect, so the drill would prove nothing."""
    with pytest.raises(Impossible, match=f"{lost} can never take effect"):
        plan_of(ANSWER, *faults)


def test_each_fault_has_its_own_chance() -> None:
    """A fault that is added behind another does not change what that one draws."""
    alone = waits(plan_of(ANSWER, JitterFault(up_to_s=1), seed=7))
    together = waits(plan_of(ANSWER, JitterFault(up_to_s=1), DelayFault(before="headers", for_s=9), seed=7))
    assert together == [9, *alone]


def test_chance_depends_on_seed_attempt_and_place() -> None:
    """The same three give the same numbers; another of any of them gives others."""
    draws = {key: generator(*key).random() for key in [(1, 1, 0), (2, 1, 0), (1, 2, 0), (1, 1, 1), (11, 0, 0)]}
    assert len(set(draws.values())) == len(draws)
    assert generator(1, 1, 0).random() == draws[1, 1, 0]
    assert waits(plan_of(ANSWER, JitterFault(up_to_s=1), seed=1)) != waits(
        plan_of(ANSWER, JitterFault(up_to_s=1), seed=2)
    )


def test_two_of_a_kind_draw_apart() -> None:
    """Two jitters add two different delays to the same pause."""
    one = waits(plan_of(ANSWER, JitterFault(up_to_s=1)))
    two = waits(plan_of(ANSWER, JitterFault(up_to_s=1), JitterFault(up_to_s=1)))
    added = [b - a for a, b in zip(one, two, strict=True)]
    assert all(0 <= more <= 1 for more in added)
    assert added != one


def test_a_context_is_compared_without_its_generator() -> None:
    """Two contexts of the same attempt are equal, whatever has been drawn from them."""
    voice = SmallVoice()
    used, fresh = (Context(generator(1, 1, 0), voice, http1, 0.0) for _ in range(2))
    used.rng.random()
    assert used == fresh


def test_another_version_of_http_answers_in_its_own_way() -> None:
    """What it renders is what is faulted, and a cut inside a size is where it says."""
    answer = Answer((Frame(b"data: 1\n\n", Role.DELTA, 1), Frame(b"data: 2\n\n", Role.TERMINAL)))
    faults = (ResetFault(after="headers", inside=Mark.CHUNK_SIZE),)
    other = partial(compose, answer, voice=SmallVoice(), seed=0, attempt=1, now_epoch_s=0.0, http=Other())
    with pytest.raises(Impossible, match="writes no headers"):
        other(faults)
    whole = other(())
    assert whole.data == b"0009data: 1\n\n0009data: 2\n\n"
    faults = (ResetFault(before="terminal", inside=Mark.CHUNK_SIZE),)
    cut = other(faults)
    assert cut.data == b"0009data: 1\n\n00"
    assert cut.ops[-1] == Reset("reset")
