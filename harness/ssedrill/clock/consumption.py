"""How to find out that a client has read what was written, as a strategy that can be exchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeAlias

ConsumedBy: TypeAlias = Literal["sock_diag", "pause", "eof", "unknown"]
"""The kernel was asked; a pause had to do; the client's orderly end says so; or nobody knows."""
Look: TypeAlias = Callable[[], int | None]


class Consumption(Protocol):
    """Tells what a client's program has read."""

    proof_s: float
    """Seconds: a client that has left bytes unread for so long was not about to read them."""

    def sample(self, ends: Any) -> int | None:
        """Return the bytes that the client's program has read on the connection between these ends.

        None if nobody can tell.
        """

    async def wait(self, look: Look, target: int, *, idle: bool) -> ConsumedBy:
        """Return when the client has read ``target`` bytes of the connection, or when it is not worth waiting.

        ``look`` takes a sample and keeps it. With ``idle`` nothing depends on the moment, so that polling may be
        slow; otherwise the next operation waits for it. It is cancelled when the client leaves.
        """

    def close(self) -> None:
        """Give back what it holds."""
