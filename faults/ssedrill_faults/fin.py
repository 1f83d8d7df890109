"""Close the connection in an orderly way, but before the answer is complete."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import AwaitConsumed, Fin, Op
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class FinFault(Position, WireFault):
    """Close the connection (TCP FIN) at a position, without ending the HTTP body.

    What comes after the position, the last chunk included, is never sent.
    """

    name = "fin"
    ending = True

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Keep what comes before the position, then close."""
        before, _ = self.split(ops)
        return (*before, AwaitConsumed(), Fin(fault=self.name))
