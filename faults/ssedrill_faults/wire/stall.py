"""Stop writing and keep the connection open."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import Op, Silence, Wait
from ssedrill_faults.position import Position


@dataclass(frozen=True, kw_only=True)
class StallFault(Position, WireFault):
    """Go silent at a position with the connection open, for a time or for ever."""

    name = "stall"
    instead = "give stall a time (for), or keep the other one with after_idle, which is a silence before its end"

    for_s: float | None = None
    """How long; then the stream goes on. Left out: for ever."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.for_s is not None and self.for_s <= 0:
            raise ValueError("for_s must be above zero; leave it out for a silence without end")
        # Whether this fault ends the attempt depends on its setting, so the instance overrides its class.
        object.__setattr__(self, "ending", self.for_s is None)

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put the silence where the next byte was due: before that it is only the stream's pause."""
        before, after = self.split(ops, ctx)
        due = tuple(takewhile(lambda op: isinstance(op, Wait), after))
        if self.for_s is None:
            return (*before, *due, Silence(fault=self.name))
        return (*before, *due, Wait(self.for_s, fault=self.name), *after[len(due) :])
