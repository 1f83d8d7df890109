"""How to find out, in real time, that a client has read what was written.

One fragment is one ``recv()`` at the client only if the server holds until the client's kernel buffer is empty.
If the kernel can be asked, it is; if not, a short pause has to do, and the journal says which it was.
"""

from __future__ import annotations

import asyncio

from ssedrill.clock.consumption import ConsumedBy, Consumption, Look
from ssedrill.server.kernel.sock_diag import Ends, Netlink, works

SPINS = 200
"""Polls that only give way to other tasks; a client that is reading needs two or three."""
FIRST_NAP_S = 0.0002
LONGEST_NAP_S = 0.02
GIVE_UP_S = 5.0
"""A client that reads nothing for so long is not waited for."""
PAUSE_S = 0.003
PROOF_S = 0.05
"""A client on a busy machine may not get a processor for some hundredths of a second."""


class SockDiag:
    """Asks the kernel."""

    proof_s = PROOF_S

    def __init__(self) -> None:
        self._netlink = Netlink()

    def sample(self, ends: Ends) -> int | None:
        """See Consumption."""
        return self._netlink.consumed(ends)

    async def wait(self, look: Look, target: int, *, idle: bool) -> ConsumedBy:
        """See Consumption. Polls are bounded in number, so this ends even if the clock stands still."""
        loop = asyncio.get_running_loop()
        spins = 0 if idle else SPINS
        nap = 0.001 if idle else FIRST_NAP_S
        last, since = -1, loop.time()
        while True:
            read = look()
            if read is None:
                if idle:
                    return "unknown"
                await asyncio.sleep(PAUSE_S)
                return "pause"
            if read >= target:
                return "sock_diag"
            if read > last:
                last, since = read, loop.time()
            elif loop.time() - since >= GIVE_UP_S:
                return "sock_diag"
            if spins:
                spins -= 1
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(nap)
                nap = min(nap * 2, LONGEST_NAP_S)

    def close(self) -> None:
        """See Consumption."""
        self._netlink.close()


class Pause:
    """Knows nothing and waits a little."""

    proof_s = PROOF_S

    def sample(self, ends: Ends) -> int | None:
        """See Consumption."""
        return None

    async def wait(self, look: Look, target: int, *, idle: bool) -> ConsumedBy:
        """See Consumption."""
        if idle:
            return "unknown"
        await asyncio.sleep(PAUSE_S)
        return "pause"

    def close(self) -> None:
        """See Consumption."""


def best_consumption() -> Consumption:
    """Return the better strategy of those that work on this machine; the caller closes it."""
    return SockDiag() if works() else Pause()
