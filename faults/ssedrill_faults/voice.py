"""What faults ask of the dialect that a stream speaks."""

from __future__ import annotations

from typing import Protocol

from ssedrill_faults.plan import Frame


class Voice(Protocol):
    """What a fault needs to know of the dialect that it speaks in."""

    def error_frame(self, kind: str, message: str) -> Frame:
        """Return the dialect's in-stream error event of this kind (``"overloaded"``, ``"rate_limit"``, ...)."""

    def error_body(self, status: int, message: str, retry_after: str | None) -> bytes:
        """Return the JSON body of an error response; ``retry_after`` is for those that put the wait in the body."""

    def ping_frame(self) -> Frame:
        """Return the frame that keeps a connection alive and says nothing."""
