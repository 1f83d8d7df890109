"""What the faults have in common that end the connection at a position."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import AwaitConsumed, Fin, Op, Reset, Wait
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class Cut(Position, WireFault):
    """An end of the connection, perhaps after a silence."""

    ending = True

    after_idle_s: float = 0.0
    """Silence before it, as of a balancer that cuts connections which have been idle for so long."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.after_idle_s < 0:
            raise ValueError("after_idle_s can't be negative")

    def cut(self, ops: tuple[Op, ...], ctx: Context, end: Fin | Reset) -> tuple[Op, ...]:
        """Keep what comes before the position, have the client read it, wait, and end."""
        before, _ = self.split(ops, ctx)
        idle = (Wait(self.after_idle_s, fault=self.name),) if self.after_idle_s else ()
        return (*before, AwaitConsumed(), *idle, end)
