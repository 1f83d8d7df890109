"""End the connection after the first so many operations."""

from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.plan import Fin, Op


@dataclass(frozen=True, kw_only=True)
class TruncateFault(WireFault):
    """Close the connection after a number of operations."""

    name = "truncate"
    ending = True

    keep: int

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Keep the first operations and close."""
        return (*ops[: self.keep], Fin(fault=self.name))
