"""The control API on this process's loop, and clients that are told of by hand."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from broken_clients.line import Refused
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import Target
from ssedrill.model.scenario import Scenario
from ssedrill.serving.app import Control, served
from ssedrill.serving.drills import MOST_DRILLS, Drills
from ssedrill.serving.guard import Guard
from ssedrill.serving.ports import Ports


class Api:
    """Asks a control API."""

    def __init__(self, url: str, http: aiohttp.ClientSession, drills: Drills) -> None:
        self.url = url
        self.http = http
        self.drills = drills

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Return the status and the JSON of an answer; None if there is no body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        more = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self.http.request(method, self.url + path, headers=named, **more) as answer:
            return answer.status, await answer.json() if await answer.read() else None

    async def ok(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON of an answer that is no error."""
        status, found = await self.ask(method, path, body)
        assert status < 300, found
        return found

    async def over(self) -> bytes:
        """Return what the live events said until a drill was over."""
        seen = b""
        async with self.http.get(f"{self.url}/events") as answer:
            while b'"state": "over"' not in seen:
                seen += await answer.content.readany()
        return seen


@asynccontextmanager
async def api(
    token: str = "", ports: Ports | None = None, given: tuple[Scenario, ...] = (), most: int = MOST_DRILLS
) -> AsyncIterator[Api]:
    """Serve the control API; what goes wrong in it fails the test."""
    faults: list[Exception] = []
    drills = Drills(ports or Ports(), given, most)
    sock = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    async with (
        served(Control(drills, Guard(token), faults.append), sock),
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"} if token else {}) as http,
    ):
        yield Api(url, http, drills)
        await drills.close()
    assert faults == []


async def drive(api: Api, drill: dict[str, Any], function: Callable[[Target], AsyncIterator[str]]) -> dict[str, Any]:
    """Have a client's function make the call of a drill, tell what it has shown, and return what came of it."""
    sink = Sink(asyncio.get_running_loop().time)
    target = Target(drill["url"], drill["dialect"], drill["scenario"], drill["patience_s"], drill["deadline_s"], sink)
    end: dict[str, Any] = {"complete": True}
    try:
        async for piece in function(target):
            sink.add("text", piece)
    except (OSError, Refused) as error:
        end = {"error": {"class": type(error).__name__, "message": str(error)}}
    said = {"text": lambda text: {"text": text}, "restart": lambda text: {"restart": True}}
    for entry in sink.journal.entries:
        await api.ok("POST", f"/drills/{drill['id']}/shown", said[entry.kind](entry.text))
    found: dict[str, Any] = await api.ok("POST", f"/drills/{drill['id']}/shown", end)
    return found
