"""Drills of ``ssedrill serve``: two hundred, with the control API beside them and a reader of the live events."""

from __future__ import annotations

import asyncio
import sys

from bench.servers.control import listening, obey
from bench.streams import DIALECT, KINDS, plain
from ssedrill.serving.app import Control, served
from ssedrill.serving.drills import Drills
from ssedrill.serving.guard import Guard
from ssedrill.serving.live import stream
from ssedrill.serving.ports import Ports

DRILLS = 200


async def main() -> None:
    """Serve until standard input ends; every measurement gets drills of its own."""
    scenario = plain(KINDS[sys.argv[1]])
    drills = Drills(Ports())

    async def read() -> None:
        async for _ in stream(drills, "127.0.0.1", has_left=lambda: False):
            pass

    async def ready() -> str:
        for one in drills.all:
            await drills.end(one.id)
        made = [drills.serve(scenario, DIALECT, 0) for _ in range(DRILLS)]
        return ",".join(f"{one.port}/{one.view('127.0.0.1').path.split('/')[1]}" for one in made)

    async with served(Control(drills, Guard(), print), listening()):
        reading = asyncio.get_running_loop().create_task(read())
        await obey(ready)
        reading.cancel()
        await drills.close()


asyncio.run(main())
