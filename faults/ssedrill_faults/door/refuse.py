"""Nobody listens."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import DoorFault
from ssedrill_faults.plan import Door, Refuse


@dataclass(frozen=True, kw_only=True)
class RefuseFault(DoorFault):
    """Refuse connections for a while (ECONNREFUSED at the client)."""

    name = "refuse"

    for_s: float
    """How long; then the next attempt of the scenario holds. A client that has not come by then, as it takes long to
    start, is waited for, and the time counts from when it has come."""

    def __post_init__(self) -> None:
        if self.for_s <= 0:
            raise ValueError("for_s must be above zero")

    def door(self) -> Door:
        """Shut the door for a while."""
        return Refuse(self.for_s)
