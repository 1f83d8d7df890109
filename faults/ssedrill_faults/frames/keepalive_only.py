"""A stream that is alive and says nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context
from ssedrill_faults.frames.body import never_end
from ssedrill_faults.plan import Answer
from ssedrill_faults.position import Position

MOST_PINGS = 100_000
"""A plan is known as a whole before it is played, so the pings are counted out."""


@dataclass(frozen=True, kw_only=True)
class KeepaliveOnlyFault(Position, AnswerFault):
    """Send nothing but pings from a position on, then go silent with the connection open.

    With Content-Length, the head promises one byte more than is sent.
    """

    name = "keepalive_only"
    ending = True

    every_s: float = 1.0
    """The pause before each ping."""
    for_s: float = 600.0
    """How long the pings go on."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.every_s <= 0:
            raise ValueError("every_s must be above zero")
        if self.for_s < self.every_s:
            raise ValueError("for_s leaves no time for a single ping: make it longer than every_s")
        if self.for_s / self.every_s > MOST_PINGS:
            raise ValueError(f"for_s asks for more than {MOST_PINGS} pings: send them less often")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Replace what comes after the position by pings."""
        at = self.frame_index(answer.frames)
        ping = replace(ctx.voice.ping_frame(), wait_s=self.every_s, fault=self.name)
        # A millionth of a ping forgives the rounding of, say, 0.3 / 0.1.
        pings = (ping,) * int(self.for_s / self.every_s + 1e-6)
        return never_end(answer, (*answer.frames[:at], *pings), self.name)
