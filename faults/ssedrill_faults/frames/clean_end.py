"""End the body properly, but too early."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.body import end_early
from ssedrill_faults.plan import Answer
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class CleanEndFault(Position, AnswerFault):
    """End the HTTP body properly at a position, so that only the missing events tell that the answer is cut.

    With Content-Length, the length in the head is that of the shortened body.
    """

    name = "clean_end"

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Drop all frames after the position."""
        at = self.frame_index(answer.frames)
        if at == len(answer.frames):
            raise Impossible("there is nothing after this position that an early end could leave out")
        return end_early(answer, answer.frames[:at], self.name)
