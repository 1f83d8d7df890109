"""Make the client wait at one place."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import Op, Wait
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class DelayFault(Position, WireFault):
    """Hold the answer up once, at a position, for a time that a client should sit through."""

    name = "delay"
    shaping = True

    for_s: float
    """How long, on top of the pauses that are there anyway."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.for_s <= 0:
            raise ValueError("for_s must be above zero")

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put the pause at the position."""
        before, after = self.split(ops, ctx)
        return (*before, Wait(self.for_s, fault=self.name), *after)
