"""Holding until a client has read, without polling."""

from __future__ import annotations

import asyncio

import pytest

from ssedrill.clock.virtual.virtual_consumption import GIVE_UP_S, VirtualConsumption
from support.fates import run_virtually


class Reader:
    """A client that reads 10 bytes after some turns of the loop and some seconds; also what is sampled of it."""

    def __init__(self, turns=0, after_s=0.0, knows=True):
        self.turns, self.after_s, self.knows = turns, after_s, knows
        self.read = 0
        self.closed = False

    async def run(self):
        """Read."""
        for _ in range(self.turns):
            await asyncio.sleep(0)
        await asyncio.sleep(self.after_s)
        self.read = 10

    def sample(self, ends):
        """Return what was read, or None."""
        return self.read if self.knows else None

    def close(self):
        """Note it."""
        self.closed = True


@pytest.mark.parametrize(
    ("reader", "said", "took", "read"),
    [
        (Reader(turns=0), "sock_diag", 0.0, 10),
        (Reader(turns=500), "sock_diag", 0.0, 10),
        (Reader(after_s=2.0), "sock_diag", 2.0, 10),
        (Reader(after_s=100.0), "sock_diag", GIVE_UP_S, 0),
        (Reader(turns=500, knows=False), "pause", 0.0, 10),
    ],
    ids=["at once", "after many turns", "after a while", "never", "nobody can tell"],
)
def test_holds_until_the_client_has_read(reader, said, took, read):
    """The wait ends when the bytes are read, at that very moment, or when it is not worth waiting."""

    async def main():
        loop = asyncio.get_running_loop()
        task = loop.create_task(reader.run())
        loop.call_later(GIVE_UP_S, int)
        begin = loop.time()
        consumption = VirtualConsumption(reader)
        answer = await consumption.wait(lambda: consumption.sample(None), 10, idle=False)
        seen = reader.read
        task.cancel()
        consumption.close()
        return answer, loop.time() - begin, seen

    assert run_virtually(main) == (said, took, read)
    assert reader.closed
