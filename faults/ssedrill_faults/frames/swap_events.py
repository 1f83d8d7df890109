"""Send two events in the wrong order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context
from ssedrill_faults.frames.blocks import frames_of
from ssedrill_faults.frames.counted import marked, next_events, with_frames
from ssedrill_faults.plan import Answer
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class SwapEventsFault(Position, AnswerFault):
    """Send the two events that come next after a position in the wrong order.

    Pings are passed over, and stay where they are.
    """

    name = "swap_events"
    rewrites_text = True

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Exchange the frames; the pauses stay."""
        frames = list(frames_of(answer))
        first, second = next_events(frames, self.frame_index(frames), 2)
        one, other = frames[first], frames[second]
        frames[first] = marked(replace(other, wait_s=one.wait_s), self.name, ctx)
        frames[second] = marked(replace(one, wait_s=other.wait_s), self.name, ctx)
        return with_frames(answer, frames)
