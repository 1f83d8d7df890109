"""A client's call against the least server that there is: the other side of what a drill costs.

It runs on an event loop of asyncio's own in this process, as the drill's does, and the client is the same function
with the same target. The server is a bare protocol that writes the same segments; how far apart says the ``Rhythm``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import Enum
from typing import Any

from ssedrill.dialects import find_dialect
from ssedrill.drivers.driver import Client
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import Target
from ssedrill.model.scenario import Scenario
from ssedrill.planning.compile import compile_plan
from ssedrill.planning.sample_requests import fresh_request
from ssedrill_faults.plan import Wait, Write

TURNS = 4
"""Turns of the loop in which a client of httpx reads an event and waits for the next one."""


class Rhythm(Enum):
    """When the bare server writes a token."""

    BURST = "all at once, so that the client reads four times"
    ALONE = "when the client has read the one before, as in a drill, and no waiting"
    PACED = "at its time, in real time"


Step = tuple[float, bytes]
"""A pause in seconds and the segment behind it."""


class Bare(asyncio.Protocol):
    """Answers a request, which comes in one piece and has no further ones behind it."""

    def __init__(self, steps: Sequence[Step], rhythm: Rhythm) -> None:
        self._steps = steps
        self._rhythm = rhythm
        self._request = b""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._request += data
        if self._request.endswith(b"}" if self._request.startswith(b"POST") else b"\r\n\r\n"):
            self._task = asyncio.get_running_loop().create_task(self._serve())

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        if self._task is not None:
            self._task.cancel()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        for pause_s, data in self._steps:
            if pause_s and self._rhythm is Rhythm.PACED:
                due += pause_s
                await asyncio.sleep(due - loop.time())
            elif pause_s and self._rhythm is Rhythm.ALONE:
                for _ in range(TURNS):
                    await asyncio.sleep(0)
            self._transport.write(data)


def steps(scenario: Scenario, dialect: str) -> list[Step]:
    """Return what a drill of this scenario writes to a fresh request."""
    spoken = find_dialect(dialect)
    plan = compile_plan(scenario, spoken, 0, 1, fresh_request(spoken), "a")[1]
    found: list[Step] = []
    pause_s = 0.0
    for op in plan.ops:
        match op:
            case Wait(seconds=seconds):
                pause_s = seconds
            case Write(data=data):
                found.append((pause_s, data))
                pause_s = 0.0
    return found


def call(client: Client, scenario: Scenario, dialect: str, written: Sequence[Step], rhythm: Rhythm) -> list[str]:
    """Have the client make its call against a bare server; return what it showed."""
    function: Any = client.driver.function()  # type: ignore[attr-defined]

    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Bare(written, rhythm), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        target = Target(
            url=find_dialect(dialect).ask.url(f"http://127.0.0.1:{port}"),
            dialect=dialect,
            scenario=scenario.name,
            patience_s=scenario.patience_s,
            deadline_s=scenario.deadline_s,
            sink=Sink(loop.time),
        )
        shown = [piece async for piece in function(target)]
        server.close()
        return shown

    return asyncio.run(main())
