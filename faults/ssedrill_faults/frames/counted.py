"""What must stay right when events come, go and change places: marks, and the size of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ssedrill_faults.fault import Context, Impossible
from ssedrill_faults.frames.body import end_early
from ssedrill_faults.plan import Answer, Frame, Role

MOST_BYTES = 16 * 1024 * 1024
"""A plan is in memory as a whole, and so is what comes of it."""

MOST_FRAMES = 200_000


def with_frames(answer: Answer, frames: Sequence[Frame]) -> Answer:
    """Return the answer with these frames; raises Impossible if they are too many or too large for a plan."""
    bounded(sum(len(frame.data) for frame in frames), len(frames))
    return replace(answer, frames=tuple(frames))


def bounded(size: int, frames: int = 0) -> None:
    """Raise Impossible if an answer would be too much to plan."""
    if size > MOST_BYTES:
        raise Impossible(f"the attempt would write more than {MOST_BYTES >> 20} MiB: make it smaller")
    if frames > MOST_FRAMES:
        raise Impossible(f"the attempt would send more than {MOST_FRAMES} events: send fewer")


def marked(frame: Frame, fault: str, ctx: Context) -> Frame:
    """Return the frame with a breaking fault's mark, unless it shows the effect of another one already."""
    return frame if frame.fault in ctx.breaking else replace(frame, fault=fault)


def touched(frame: Frame, fault: str) -> Frame:
    """Return the frame with a shaping fault's mark, unless it has another one already."""
    return frame if frame.fault is not None else replace(frame, fault=fault)


def next_events(frames: Sequence[Frame], at: int, count: int) -> list[int]:
    """Return where the next events after a position are, pings passed over; raises Impossible if there are fewer."""
    found = [i for i in range(at, len(frames)) if frames[i].role is not Role.PING]
    if len(found) < count:
        raise Impossible(f"{len(found)} events come after this position, and {count} would be needed")
    return found[:count]


def without(answer: Answer, gone: Sequence[int], fault: str, ctx: Context) -> Answer:
    """Return the answer without these frames; the next event, or else the end of the body, shows that they lack."""
    kept = [frame for i, frame in enumerate(answer.frames) if i not in gone]
    behind = gone[-1] + 1 - len(gone)
    for i in range(behind, len(kept)):
        if kept[i].fault not in ctx.breaking:
            kept[i] = replace(kept[i], fault=fault)
            return with_frames(answer, kept)
    return end_early(with_frames(answer, kept), tuple(kept), fault)
