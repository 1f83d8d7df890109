"""Abort the connection in the middle of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import AwaitConsumed, Op, Reset
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class ResetFault(Position, WireFault):
    """Reset the connection (TCP RST, ECONNRESET at the client) at a position.

    The client is given everything before the position first: a reset may overtake bytes that it follows.
    """

    name = "reset"
    ending = True

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Keep what comes before the position, then abort."""
        before, _ = self.split(ops)
        return (*before, AwaitConsumed(), Reset(fault=self.name))
