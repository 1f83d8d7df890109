"""Make the pauses between events uneven."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context
from ssedrill_faults.plan import Answer


@dataclass(frozen=True, kw_only=True)
class JitterFault(AnswerFault):
    """Delay every event by a random time, the same for the same seed."""

    name = "jitter"
    shaping = True

    up_to_s: float
    """The longest delay; each is drawn evenly between zero and this."""

    def __post_init__(self) -> None:
        if self.up_to_s <= 0:
            raise ValueError("up_to_s must be above zero")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Add a delay to the pause before each frame."""
        frames = tuple(
            replace(
                frame,
                wait_s=frame.wait_s + ctx.rng.uniform(0, self.up_to_s),
                fault=frame.fault or self.name,
            )
            for frame in answer.frames
        )
        return replace(answer, frames=frames)
