"""Leave out events."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import AnswerFault, Context
from ssedrill_faults.frames.blocks import frames_of
from ssedrill_faults.frames.counted import next_events, without
from ssedrill_faults.plan import Answer
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class DropEventFault(Position, AnswerFault):
    """Leave out the next events after a position without a trace, and go on as if nothing were missing.

    Pings are passed over. The tokens count as left out by the server. What shows the effect is the next event, or the
    end of the body if none comes.
    """

    name = "drop_event"
    rewrites_text = True

    count: int = 1
    """How many events."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.count < 1:
            raise ValueError("count must be at least 1")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Remove the frames."""
        frames = frames_of(answer)
        gone = next_events(frames, self.frame_index(frames), self.count)
        return without(answer, gone, self.name, ctx)
