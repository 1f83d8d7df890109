"""What all servers have in common: they take commands on standard input and answer with where they are."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from collections.abc import Awaitable, Callable

HOST = "127.0.0.1"
BACKLOG = 4096


def listening() -> socket.socket:
    """Return a socket that listens on a port of the kernel's choice.

    asyncio switches Nagle's algorithm off only where a socket names its protocol; with it on, the kernel would merge
    the events and the writers would be faster than any that sends an event as a segment.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.bind((HOST, 0))
    sock.listen(BACKLOG)
    return sock


async def obey(ready: Callable[[], Awaitable[object]]) -> None:
    """Make ready for a measurement at every line on standard input and print where; return at its end."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        where = await ready()
        gc.collect()
        print(where, flush=True)
