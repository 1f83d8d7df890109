"""Send an event again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.counted import with_frames
from ssedrill_faults.frames.insert_event import check_times
from ssedrill_faults.plan import Answer
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class DuplicateEventFault(Position, AnswerFault):
    """Send the last event before a position once more, or several times, byte for byte."""

    name = "duplicate_event"
    rewrites_text = True

    times: int = 1
    """How many times it is sent beside the one that belongs there."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_times(self.times)

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Repeat the frame at once; the copies carry the mark."""
        at = self.frame_index(answer.frames)
        if at == 0:
            raise Impossible("there is no event before this position that could be sent twice")
        copy = replace(answer.frames[at - 1], wait_s=0.0, fault=self.name)
        return with_frames(answer, (*answer.frames[:at], *(copy,) * self.times, *answer.frames[at:]))
