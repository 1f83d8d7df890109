"""Close the sending half of the connection in the middle of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import AwaitConsumed, HalfClose, Op, Silence
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class HalfCloseFault(Position, WireFault):
    """Send FIN at a position but go on reading, so that the connection stays half open until the client leaves."""

    name = "half_close"
    ending = True

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Keep what comes before the position, then close the sending half."""
        before, _ = self.split(ops, ctx)
        return (*before, AwaitConsumed(), HalfClose(fault=self.name), Silence())
