"""An error inside an answer that began with 200."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import Literal

from ssedrill_faults.fault import AnswerFault, Context, NotInDialect
from ssedrill_faults.frames.blocks import json_of, with_payload
from ssedrill_faults.frames.body import never_end
from ssedrill_faults.frames.late import LateEvents
from ssedrill_faults.plan import Answer, Frame
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class ErrorEventFault(Position, AnswerFault):
    """Send the dialect's own error event in the middle of a stream that began with 200."""

    name = "error_event"
    at_moments = True
    instead = 'give error_event then = "continue", and let the other one strike behind it'

    kind: Literal["overloaded", "rate_limit", "api", "timeout"] = "overloaded"
    """What went wrong, in the dialect's own words for it."""
    message: str = "The drill interrupts this answer."
    """What the error says; if it asks for a wait in words ("Please try again in 11.054s"), so does the answer."""
    retry_after_s: float | None = None
    """The wait that the error asks for, as ``retry_after`` beside its message; left out: none."""
    then: Literal["end", "continue", "stay"] = "end"
    """Whether the body ends properly after the error, the stream goes on as if nothing had been said, or nothing more
    comes and the connection stays open."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.retry_after_s is not None and not 0 <= self.retry_after_s < math.inf:
            raise ValueError("retry_after_s must be a time from zero up")
        # Whether this fault ends the attempt depends on its setting, so the instance overrides its class.
        object.__setattr__(self, "ending", self.then == "stay")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Put the error at the position, and drop what follows it."""
        at = self.frame_index(answer.frames)
        told = (*answer.frames[:at], self._error(ctx))
        match self.then:
            case "end":
                return replace(answer, frames=told)
            case "stay":
                return never_end(answer, told, self.name)
            case "continue":
                return replace(answer, frames=(*told, *answer.frames[at:]))

    def on_the_wire(self, answer: Answer, ctx: Context) -> LateEvents:
        """Put it in at the moment."""
        late = never_end(answer, answer.frames, self.name) if self.then == "stay" else answer
        return LateEvents(place=self, answer=late, events=(self._error(ctx),), ends=self.then != "continue")

    def _error(self, ctx: Context) -> Frame:
        frame = replace(ctx.voice.error_frame(self.kind, self.message), fault=self.name)
        if self.retry_after_s is None:
            return frame
        told = json_of(frame.data)
        if not isinstance(told, dict) or not isinstance(told.get("error"), dict):
            raise NotInDialect("retry_after_s stands in an error's JSON, and this dialect's errors have none")
        wait = int(self.retry_after_s) if self.retry_after_s.is_integer() else self.retry_after_s
        told["error"]["retry_after"] = wait
        return replace(frame, data=with_payload(frame.data, json.dumps(told, ensure_ascii=False)))
