"""What several faults do to the end of a body."""

from __future__ import annotations

from dataclasses import replace

from ssedrill_faults.fault import Impossible
from ssedrill_faults.plan import Answer, Frame


def end_early(answer: Answer, frames: tuple[Frame, ...], fault: str) -> Answer:
    """Return the answer with these frames only and a proper end, which this fault is to be seen in."""
    _claim_the_end(answer, fault)
    return replace(answer, frames=frames, end_fault=fault)


def never_end(answer: Answer, frames: tuple[Frame, ...], fault: str) -> Answer:
    """Return the answer with these frames only, its body not ended and its connection left open."""
    _claim_the_end(answer, fault)
    return replace(answer, frames=frames, open_fault=fault)


def _claim_the_end(answer: Answer, fault: str) -> None:
    if other := answer.end_fault or answer.open_fault:
        raise Impossible(f"{other} and {fault} both decide how the body ends; keep one of them")
