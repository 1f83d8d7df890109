"""Send the tokens faster or slower."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.plan import Answer, Frame, Role
from ssedrill_faults.position import FromHere


@dataclass(frozen=True, kw_only=True)
class PaceFault(FromHere, AnswerFault):
    """Send one token every so often, whatever the stream's own pace is, from the start or from a position on."""

    name = "pace"
    shaping = True

    every_s: float
    """The pause before each token."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.every_s < 0:
            raise ValueError("every_s can't be negative")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Replace the pause before each frame that carries a token."""
        at = self.frame_index(answer.frames)
        before, after = answer.frames[:at], answer.frames[at:]
        if all(frame.role is not Role.DELTA for frame in after):
            raise Impossible("no tokens come here that could be paced")
        if all(frame.wait_s == self.every_s for frame in after if frame.role is Role.DELTA):
            raise Impossible("every_s is the pace that the tokens have without it, so that it changes nothing")
        return replace(answer, frames=(*before, *(self._paced(frame) for frame in after)))

    def _paced(self, frame: Frame) -> Frame:
        if frame.role is not Role.DELTA:
            return frame
        return replace(frame, wait_s=self.every_s, fault=frame.fault or self.name)
