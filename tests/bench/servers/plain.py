"""What asyncio can do at best: a bare protocol that writes the same segments, with flow control and nothing else."""

from __future__ import annotations

import asyncio
import sys

from bench.servers.control import listening, obey
from bench.streams import KINDS, Kind, segments


class Bare(asyncio.Protocol):
    """Answers every request with the segments of its path."""

    def __init__(self, streams: dict[str, tuple[Kind, list[bytes]]]) -> None:
        self._streams = streams
        self._request = b""
        self._writable = asyncio.Event()
        self._writable.set()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._request += data
        if self._request.endswith(b"\r\n\r\n"):
            kind, parts = self._streams[self._request.split(b" ", 2)[1].decode()]
            self._request = b""
            self._task = asyncio.get_running_loop().create_task(self._serve(kind, parts))

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        if self._task is not None:
            self._task.cancel()

    async def _serve(self, kind: Kind, parts: list[bytes]) -> None:
        write, writable = self._transport.write, self._writable
        if kind.every_s:
            await self._serve_paced(kind, parts)
            return
        for part in parts:
            write(part)
            if not writable.is_set():
                await writable.wait()

    async def _serve_paced(self, kind: Kind, parts: list[bytes]) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        for part in parts:
            if b"text_delta" in part:
                due += kind.every_s
                await asyncio.sleep(due - loop.time())
            self._transport.write(part)


async def main() -> None:
    """Serve until standard input ends."""
    streams = {path: (KINDS[path], segments(KINDS[path].plan)) for path in sys.argv[1:]}
    sock = listening()
    await asyncio.get_running_loop().create_server(lambda: Bare(streams), sock=sock, backlog=4096)

    async def ready() -> int:
        return int(sock.getsockname()[1])

    await obey(ready)


asyncio.run(main())
