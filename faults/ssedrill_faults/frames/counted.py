"""What must stay right when events come, go and change places: the count of tokens, marks, and the size of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ssedrill_faults.fault import Context, Impossible
from ssedrill_faults.frames.body import end_early
from ssedrill_faults.plan import Answer, Frame, Role

MOST_BYTES = 16 * 1024 * 1024
"""A plan is in memory as a whole, and so is what comes of it."""

MOST_FRAMES = 200_000


def with_frames(answer: Answer, frames: Sequence[Frame], more: Iterable[int] = ()) -> Answer:
    """Return the answer with these frames, and with what it says of tokens that are repeated and left out.

    ``more`` are tokens that stand in frames with several, which have no number of their own. Raises Impossible if the
    frames are too many or too large for a plan.
    """
    bounded(sum(len(frame.data) for frame in frames), len(frames))
    before, after = (Counter(frame.token for frame in some) for some in (answer.frames, frames))
    firsts = [frame.token for frame in answer.frames if frame.token is not None]
    had, slots = ({token for frame in some for token in frame.token_slots} for some in (answer.frames, frames))
    repeated, left_out = list(answer.repeated), list(answer.left_out)
    for token in (*after, *(token for token in before if token not in after)):
        if token is None:
            continue
        extra = after[token] - before[token]
        if before[token] == 0 and token in left_out:
            left_out.remove(token)
            extra -= 1
        elif before[token] == 0 and not (firsts and token < firsts[0]):
            extra -= 1  # it was not there before: what has resumed behind it had it in another answer
        repeated += [token] * extra
        for _ in range(-extra):
            if token in repeated:
                repeated.remove(token)
            elif token not in slots:
                left_out.append(token)
    left_out += sorted(token for token in had - slots if not before[token])  # those were spoiled, and now are gone
    repeated += [token for token in more if after[token] or (firsts and token < firsts[0])]
    return replace(answer, frames=tuple(frames), repeated=tuple(repeated), left_out=tuple(left_out))


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
