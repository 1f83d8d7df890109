"""Send an event twice."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.plan import Answer
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class DuplicateEventFault(Position, AnswerFault):
    """Send the last event before a position a second time, byte for byte."""

    name = "duplicate_event"

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Repeat the frame at once; the copy carries the mark."""
        at = self.frame_index(answer.frames)
        if at == 0:
            raise Impossible("there is no event before this position that could be sent twice")
        copy = replace(answer.frames[at - 1], wait_s=0.0, fault=self.name)
        again = () if copy.token is None else (copy.token,)
        return replace(
            answer, frames=(*answer.frames[:at], copy, *answer.frames[at:]), repeated=(*answer.repeated, *again)
        )
