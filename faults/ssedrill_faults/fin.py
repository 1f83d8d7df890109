"""Close the connection in an orderly way, but before the answer is complete."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import AwaitConsumed, Fin, Op, Wait
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class FinFault(Position, WireFault):
    """Close the connection (TCP FIN) at a position, without ending the HTTP body.

    What comes after the position, the last chunk included, is never sent.
    """

    name = "fin"
    ending = True

    after_idle_s: float = 0.0
    """Silence before it, as of a balancer that cuts connections which have been idle for so long."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.after_idle_s < 0:
            raise ValueError("after_idle_s can't be negative")

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Keep what comes before the position, then close."""
        before, _ = self.split(ops)
        idle = (Wait(self.after_idle_s, fault=self.name),) if self.after_idle_s else ()
        return (*before, AwaitConsumed(), *idle, Fin(fault=self.name))
