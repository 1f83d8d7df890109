"""By which byte a client can first notice a fault: whoever has not read it can't have met the fault.

That is the first byte which differs from what a healthy server sends at that place. Up to there both answers are the
same, so that no client can tell; from there on one may raise, whatever it reads in: bytes, lines or whole events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from ssedrill_faults.plan import Frame, Op, Role, Write


def first_difference(data: bytes, healthy: bytes) -> int | None:
    """Return the offset from which on bytes differ from what they should be; None if they are the beginning of it."""
    if healthy.startswith(data):
        return None
    same = takewhile(lambda pair: pair[0] == pair[1], zip(data, healthy, strict=False))
    return sum(1 for _ in same)


def with_harm(before: Sequence[Frame], after: Sequence[Frame], fault: str) -> tuple[Frame, ...]:
    """Return the frames that a fault has left, each that it has marked with the byte by which it is noticed.

    ``before`` are the frames that it was given: those that it did not touch say which of the others stands where. If
    a frame only breaks off, its fault is noticed by its last byte, behind which nothing comes that should.
    """
    places = {id(frame): i for i, frame in enumerate(before)}
    done: list[Frame] = []
    at = 0  # the frame that would come next
    for frame in after:
        same = at if at < len(before) and before[at] is frame else places.get(id(frame))
        if same is not None:
            at = same + 1
        elif frame.data and (frame.fault == fault or frame.harm is not None):
            due = before[at] if at < len(before) else Frame(b"", frame.role)
            frame = replace(frame, harm=_noticed_first(frame, due))
            at += 1
        done.append(frame)
    return tuple(done)


def _noticed_first(frame: Frame, due: Frame) -> int | None:
    """Return by which byte a frame is noticed in place of the one that is due; either may show another fault."""
    others = [harm for harm in (frame.harm, due.harm) if harm is not None]
    if frame.data == due.data:
        return min(others, default=None)  # it differs by what comes behind it, or by when it comes
    found = first_difference(frame.data, due.data)
    last = len(frame.data) - 1
    return min(last if found is None else found, last, *others)


def head_with_harm(ops: Sequence[Op], healthy: Sequence[Op]) -> tuple[Op, ...]:
    """Return the operations of an answer with the byte by which the fault in its head is noticed, if there is one."""
    right = next((op.data for op in healthy if isinstance(op, Write)), b"")
    return tuple(
        replace(op, harm=first_difference(op.data, right))
        if isinstance(op, Write) and op.role is Role.HEAD and op.fault is not None
        else op
        for op in ops
    )
