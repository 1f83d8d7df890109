"""When a client has read what was written, on the virtual clock."""

from __future__ import annotations

import asyncio
from typing import Any

from ssedrill.clock.consumption import ConsumedBy, Consumption, Look
from ssedrill.clock.engine.loop import VirtualLoop

GIVE_UP_S = 5.0
"""Virtual seconds for which a client that reads nothing is waited for."""
PROOF_S = 1e-6
"""Time passes only when nobody can do anything more: what is unread after that was left unread."""


class VirtualConsumption:
    """Waits until clients have read what they can, without polling; ``real`` takes the samples.

    The loop says when nobody can do anything more at this instant: then every client that wanted to read has
    read. One that has not is busy with something else and gets GIVE_UP_S of virtual time.
    """

    proof_s = PROOF_S

    def __init__(self, real: Consumption) -> None:
        self._real = real

    def sample(self, ends: Any) -> int | None:
        """Return the bytes that the client's program has read on this connection, or None if nobody can tell.

        A program that runs beside the loop is first let do all that it can at this instant: what it has done by
        any moment before that depends on the machine.
        """
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualLoop):
            return self._real.sample(ends)
        if loop.external is not None and loop.external.alive():
            loop.external.settle()
        with loop.progress.loop.kernel():
            return self._real.sample(ends)

    async def wait(self, look: Look, target: int, *, idle: bool) -> ConsumedBy:
        """Return when the client has read ``target`` bytes, as told by ``look``, or has had every chance to.

        Must be called on a virtual loop. ``idle`` makes no difference: waiting costs nothing.
        """
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        end = loop.time() + GIVE_UP_S
        read = look()
        while read is None or read < target:
            await loop.idle()
            read = look()
            if read is None:
                return "pause"
            if read >= target or loop.time() >= end:
                break
            await loop.moved()
        return "sock_diag"

    def close(self) -> None:
        """Give back what it holds."""
        self._real.close()
