"""End a connection before its request is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ssedrill_faults.fault import DoorFault
from ssedrill_faults.plan import CloseOnAccept, Door


@dataclass(frozen=True, kw_only=True)
class CloseOnAcceptFault(DoorFault):
    """Accept a connection and end it at once, before any request is read."""

    name = "close_on_accept"

    how: Literal["fin", "reset"] = "reset"
    """An orderly close, or an abort."""

    def door(self) -> Door:
        """Open the door and slam it."""
        return CloseOnAccept(reset=self.how == "reset")
