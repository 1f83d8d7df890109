"""Make the pauses between events uneven."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.plan import Answer
from ssedrill_faults.position import FromHere


@dataclass(frozen=True, kw_only=True)
class JitterFault(FromHere, AnswerFault):
    """Delay every event by a random time, the same for the same seed, from the start or from a position on."""

    name = "jitter"
    shaping = True

    up_to_s: float
    """The longest delay; each is drawn evenly between zero and this."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.up_to_s <= 0:
            raise ValueError("up_to_s must be above zero")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Add a delay to the pause before each frame."""
        at = self.frame_index(answer.frames)
        late = tuple(
            replace(
                frame,
                wait_s=frame.wait_s + ctx.rng.uniform(0, self.up_to_s),
                fault=frame.fault or self.name,
            )
            for frame in answer.frames[at:]
        )
        if not late:
            raise Impossible("no events come here that could be late")
        return replace(answer, frames=(*answer.frames[:at], *late))
