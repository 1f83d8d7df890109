"""Abort the connection in the middle of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import AwaitConsumed, Op, Reset, Wait
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class ResetFault(Position, WireFault):
    """Reset the connection (TCP RST, ECONNRESET at the client) at a position.

    The client is given everything before the position first: a reset may overtake bytes that it follows.
    """

    name = "reset"
    ending = True

    after_idle_s: float = 0.0
    """Silence before it, as of a balancer that cuts connections which have been idle for so long."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.after_idle_s < 0:
            raise ValueError("after_idle_s can't be negative")

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Keep what comes before the position, then abort."""
        before, _ = self.split(ops)
        idle = (Wait(self.after_idle_s, fault=self.name),) if self.after_idle_s else ()
        return (*before, AwaitConsumed(), *idle, Reset(fault=self.name))
