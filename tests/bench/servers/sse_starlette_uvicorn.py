"""What people use in production: sse-starlette on uvicorn with httptools, given the same events."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent

from bench.servers.control import BACKLOG, listening, obey
from bench.streams import KINDS, Event, Kind, events

STREAMS = {path: (KINDS[path], events(KINDS[path].plan)) for path in sys.argv[1:]}


async def stream(kind: Kind, made: Sequence[Event]) -> AsyncIterator[ServerSentEvent]:
    """Give the events in time; the JSON in them was made beforehand, as it was for the other servers."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    for event in made:
        if kind.every_s and event.paced:
            due += kind.every_s
            await asyncio.sleep(due - loop.time())
        yield ServerSentEvent(event.data, event=event.event, sep="\n")
    if not kind.ends:
        await loop.create_future()


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer a request."""
    await EventSourceResponse(stream(*STREAMS[scope["path"]]), ping=0)(scope, receive, send)


async def main() -> None:
    """Serve until standard input ends."""
    sock = listening()
    config = uvicorn.Config(
        app, http="httptools", loop="asyncio", lifespan="off", log_level="error", access_log=False, backlog=BACKLOG
    )
    server = uvicorn.Server(config)
    serving = asyncio.get_running_loop().create_task(server.serve(sockets=[sock]))

    async def ready() -> int:
        return int(sock.getsockname()[1])

    await obey(ready)
    server.should_exit = server.force_exit = True
    await serving


asyncio.run(main())
