"""Abort the connection in the middle of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context
from ssedrill_faults.plan import Op, Reset
from ssedrill_faults.stages import Stage
from ssedrill_faults.wire.cut import Cut


@dataclass(frozen=True, kw_only=True)
class ResetFault(Cut):
    """Reset the connection (TCP RST, ECONNRESET at the client) at a position.

    The client is given everything before the position first: a reset may overtake bytes that it follows.
    """

    name = "reset"

    @property
    def stage(self) -> Stage:
        """At a moment it takes what had not come as far as the line by then."""
        return Stage.LINE if self.moment else super().stage

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Keep what comes before the position, then abort."""
        return self.cut(ops, ctx, Reset(fault=self.name))
