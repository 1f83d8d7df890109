"""Leave out the empty line that ends an event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.blocks import Line, frames_of, is_finished, read, spoilt, unfinished, written
from ssedrill_faults.frames.counted import marked, with_frames
from ssedrill_faults.plan import Answer
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class UnfinishedEventFault(Position, AnswerFault):
    """Send the last event before a position without the empty line that has it dispatched.

    It and the next event are one event then, whose tokens are spoiled. If the body ends there, it is never
    dispatched.
    """

    name = "unfinished_event"
    rewrites_text = True

    lacks: Literal["empty-line", "line-end"] = "empty-line"
    """Whether only the empty line lacks, or the end of the event's last line as well."""

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Cut the end off the frame."""
        frames = list(frames_of(answer))
        at = self.frame_index(frames) - 1
        if at < 0:
            raise Impossible("there is no event before this position that could lack its end")
        mark, lines = read(frames[at].data)
        if not is_finished(frames[at].data) or len(lines) < 2:
            raise Impossible("the event before this position has no end that could lack")
        kept = lines[:-1] if self.lacks == "empty-line" else [*lines[:-2], Line(lines[-2].text, b"")]
        frames[at] = marked(replace(frames[at], data=written(mark, kept)), self.name, ctx)
        if self.lacks == "line-end":  # the first line behind it is in its last one
            frames[at : at + 2] = [spoilt(frame) for frame in frames[at : at + 2]]
        return with_frames(answer, unfinished(frames, at))
