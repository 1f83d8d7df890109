"""An error inside an answer that began with 200."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ssedrill_faults.fault import AnswerFault, Context
from ssedrill_faults.frames.late import LateEvents
from ssedrill_faults.plan import Answer, Frame
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class ErrorEventFault(Position, AnswerFault):
    """Send the dialect's own error event in the middle of a stream that began with 200."""

    name = "error_event"
    at_moments = True

    kind: Literal["overloaded", "rate_limit", "api", "timeout"] = "overloaded"
    message: str = "The drill interrupts this answer."
    then: Literal["end", "continue"] = "end"
    """Whether the body ends properly after the error, or the stream goes on as if nothing had been said."""

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Put the error at the position, and drop what follows it."""
        at = self.frame_index(answer.frames)
        rest = answer.frames[at:] if self.then == "continue" else ()
        return replace(answer, frames=(*answer.frames[:at], self._error(ctx), *rest))

    def on_the_wire(self, answer: Answer, ctx: Context) -> LateEvents:
        """Put it in at the moment."""
        return LateEvents(place=self, answer=answer, events=(self._error(ctx),), ends=self.then == "end")

    def _error(self, ctx: Context) -> Frame:
        return replace(ctx.voice.error_frame(self.kind, self.message), fault=self.name)
