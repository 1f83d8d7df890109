"""Send the tokens faster or slower."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.plan import Answer, Frame, Role


@dataclass(frozen=True, kw_only=True)
class PaceFault(AnswerFault):
    """Send one token every so often, whatever the stream's own pace is."""

    name = "pace"
    shaping = True

    every_s: float
    """The pause before each token."""

    def __post_init__(self) -> None:
        if self.every_s < 0:
            raise ValueError("every_s can't be negative")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Replace the pause before each frame that carries a token."""
        if all(frame.role is not Role.DELTA for frame in answer.frames):
            raise Impossible("the answer has no tokens to pace")
        return replace(answer, frames=tuple(self._paced(frame) for frame in answer.frames))

    def _paced(self, frame: Frame) -> Frame:
        if frame.role is not Role.DELTA:
            return frame
        return replace(frame, wait_s=self.every_s, fault=frame.fault or self.name)
