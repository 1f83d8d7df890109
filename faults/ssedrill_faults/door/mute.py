"""A server that accepts and then does nothing."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import DoorFault
from ssedrill_faults.plan import Door, Mute


@dataclass(frozen=True, kw_only=True)
class MuteFault(DoorFault):
    """Accept a connection and neither read the request nor answer it."""

    name = "mute"

    def door(self) -> Door:
        """Open the door to an empty house."""
        return Mute()
