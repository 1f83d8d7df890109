"""Close the connection in an orderly way, but before the answer is complete."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context
from ssedrill_faults.plan import Fin, Op
from ssedrill_faults.wire.cut import Cut


@dataclass(frozen=True, kw_only=True)
class FinFault(Cut):
    """Close the connection (TCP FIN) at a position, without ending the HTTP body.

    What comes after the position, the last chunk included, is never sent.
    """

    name = "fin"

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Keep what comes before the position, then close."""
        return self.cut(ops, ctx, Fin(fault=self.name))
