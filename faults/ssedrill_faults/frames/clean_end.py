"""End the body properly, but too early."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.blocks import spoilt
from ssedrill_faults.frames.body import end_early
from ssedrill_faults.marks import cuts
from ssedrill_faults.plan import Answer, Frame, Role, Write
from ssedrill_faults.position import OF_EVENTS, Position


@dataclass(frozen=True, kw_only=True)
class CleanEndFault(Position, AnswerFault):
    """End the HTTP body properly at a position, so that only the missing events tell that the answer is cut.

    With Content-Length, the length in the head is that of the shortened body. With ``inside`` it ends in the middle
    of an event, which is never dispatched then (WHATWG HTML, 9.2.6).
    """

    name = "clean_end"
    positions = (*OF_EVENTS, "inside")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Drop all frames after the position."""
        at = replace(self, inside=None).frame_index(answer.frames)
        if at == len(answer.frames):
            raise Impossible("there is nothing after this position that an early end could leave out")
        kept = answer.frames[:at]
        return end_early(answer, kept if self.inside is None else self._broken(answer.frames, at, ctx), self.name)

    def _broken(self, frames: tuple[Frame, ...], at: int, ctx: Context) -> tuple[Frame, ...]:
        """Return the frames up to the next place of the kind, which is inside the last of them."""
        assert self.inside is not None
        for i, frame in enumerate(frames[at:], start=at):
            if found := cuts(Write(frame.data, frame.role), self.inside, ctx.http):
                role = Role.EXTRA if frame.role is Role.TERMINAL else frame.role  # of which only a part is none
                begun = replace(spoilt(frame), data=frame.data[: found[len(found) // 2]], role=role)
                return (*frames[:i], begun)
        raise Impossible(f"no event after this position has a place inside {self.inside}")
