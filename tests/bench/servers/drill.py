"""The server under measurement: a DrillServer whose plans were compiled beforehand. Arguments: the paths."""

from __future__ import annotations

import asyncio
import sys

from bench.servers.control import obey
from bench.streams import KINDS
from ssedrill.dialects.exchange import Ask, Request
from ssedrill.model.request_kind import RequestKind
from ssedrill.server.app import DrillServer
from ssedrill_faults.plan import Plan


async def main() -> None:
    """Serve until standard input ends; every measurement gets a server of its own, as every run does."""
    plans = {path: KINDS[path].plan for path in sys.argv[1:]}
    running: list[DrillServer] = []

    def planner(attempt: int, request: Request) -> tuple[Ask, Plan]:
        return Ask(RequestKind.STREAM), plans[request.path]

    async def ready() -> int:
        while running:
            await running.pop().stop()
        running.append(DrillServer(planner=planner, max_requests=1_000_000))
        return int(running[0].start().rpartition(":")[2])

    await obey(ready)


asyncio.run(main())
