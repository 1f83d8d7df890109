"""Clients that read byte by byte, and leave in the middle of what was written in one piece."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from broken_clients.line import request
from ssedrill.drivers.target import Target
from support.shortdrill import run, scenario

BLOCKS = ["{ buffer = { bytes = 700 } }", "{ coalesce = { events = 5 } }", "{ jitter = { up_to = '1 ms' } }"]
"""What puts the harm and what is ahead of it into one piece, or leaves each event alone."""
LONG_ENOUGH_S = 2.0
"""After which it is known what the client has left unread: a reset, when it closes then, does not say it."""
HARM = [
    ("{ bad_chunk = { after_token = 8, size = 'zz' } }", b"\r\nz"),
    ("{ error_event = { after_token = 8, then = 'continue' } }", b"\r\ne"),
    ("{ malformed_json = { after_token = 8, kind = 'not-json' } }", b"data: u"),
]
"""Faults, and how the bytes of a stream of events end with which they are noticed."""


async def _bytes(target: Target) -> AsyncIterator[bytes]:
    """Give what has come, one byte more each time; closes the connection with all else unread."""
    made = request(target)
    url, body = urlsplit(made["url"]), json.dumps(made["json"]).encode() if "json" in made else b""
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setblocking(False)
        await loop.sock_connect(sock, (url.hostname, url.port))
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{made['method']} {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n{length}\r\n".encode()
        await loop.sock_sendall(sock, head + body)
        come = b""
        while byte := await loop.sock_recv(sock, 1):
            come += byte
            yield come
            await asyncio.sleep(0)


def reader(ends: bytes, early: int):
    """Return a client that raises when what has come ends so, or as many bytes before that as it is ``early``."""
    seen: list[int] = []

    async def counts(target: Target) -> AsyncIterator[str]:
        async for come in _bytes(target):
            if come.endswith(ends):
                seen.append(len(come))
                await asyncio.sleep(LONG_ENOUGH_S)
                raise RuntimeError("that is none of the answer")
        yield ""

    async def leaves(target: Target) -> AsyncIterator[str]:
        async for come in _bytes(target):
            if len(come) == seen[0] - early:
                await asyncio.sleep(LONG_ENOUGH_S)
                raise RuntimeError("enough")
        yield ""

    return counts, leaves


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(("harm", "ends"), HARM)
def test_one_byte_decides(harm: str, ends: bytes, block: str) -> None:
    """Who has read it has met the fault, who left one byte earlier has not."""
    drilled = scenario(f"{harm}, {block}", dialects='["eventsource"]', every="200 ms")
    counts, leaves = reader(ends, early=1)
    record = run(counts, drilled)
    assert record.outcome == "failed-loudly", record.summary
    record = run(leaves, drilled)
    assert record.outcome == "not-tested", record.summary
