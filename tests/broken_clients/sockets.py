"""Clients that read HTTP by themselves, from the socket, and each get one thing of it wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from broken_clients.line import request, text_of
from ssedrill.drivers.driver import Target

MOST_HEAD = 32 * 1024


@asynccontextmanager
async def _asked(target: Target, headers: str = "") -> AsyncIterator[asyncio.StreamReader]:
    """Send the request over a new connection, and give what reads the answer."""
    made = request(target)
    url, body = urlsplit(made["url"]), json.dumps(made["json"]).encode() if "json" in made else b""
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    head = f"{made['method']} {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\n{length}{headers}\r\n"
    writer.write(head.encode() + body)
    try:
        yield reader
    finally:
        writer.close()


async def _head(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Give each chunk; raises ValueError at a size that is not a hexadecimal number and nothing else."""
    while size := int(await reader.readline(), 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)


async def _shown(body: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Give the text of the events of a body, up to the terminal one; raises ConnectionError if none comes."""
    rest = ""
    async for piece in body:
        *lines, rest = (rest + piece.decode("utf-8", "ignore")).split("\n")
        for line in lines:
            if line in ("event: end", "event: message_stop", "data: [DONE]"):
                return
            if line.startswith("data: {") and (text := text_of(json.loads(line[6:]))) is not None:
                yield text
    raise ConnectionError("no terminal event came")


async def knows_chunks_only(target: Target) -> AsyncIterator[str]:
    """Read a size and so many bytes, again and again, whatever the head says of the body."""
    async with _asked(target) as reader:
        if " 200 " not in await _head(reader):
            raise ConnectionError("refused")
        async for text in _shown(_chunks(reader)):
            yield text


async def takes_the_first_status(target: Target) -> AsyncIterator[str]:
    """Take the first status line for that of the answer."""
    async for text in knows_chunks_only(target):
        yield text


async def wants_a_reason(target: Target) -> AsyncIterator[str]:
    """Take a status line that is no three words for an answer without content, and that for all there is."""
    async with _asked(target) as reader:
        if len((await reader.readline()).decode().split(" ", 2)) < 3:
            return
        await _head(reader)
        async for text in _shown(_chunks(reader)):
            yield text


async def wants_bare_sizes(target: Target) -> AsyncIterator[str]:
    """Take a line that is no number for the end of the body, and that for the end of the answer."""
    async with _asked(target) as reader:
        await _head(reader)
        while (await reader.readline()).removesuffix(b"\r\n").isalnum():
            yield "nothing"
            return


async def takes_the_first_read_for_the_head(target: Target) -> AsyncIterator[str]:
    """Look for the status and the empty line in what the first read brings."""
    async with _asked(target) as reader:
        first = await reader.read(65_536)
        if b" 200 " not in first or b"\r\n\r\n" not in first:
            raise ConnectionError("this is no HTTP")
        yield "nothing"


async def takes_a_bad_size_for_the_end(target: Target) -> AsyncIterator[str]:
    """End well where a chunk's size is no number."""
    try:
        async for text in knows_chunks_only(target):
            yield text
    except ValueError:
        return


async def has_room_for_a_small_head(target: Target) -> AsyncIterator[str]:
    """Keep so much of the head, take the rest for the body, and the end of the events for the end of the answer."""
    async with _asked(target, "Connection: close\r\n") as reader:
        await reader.readexactly(MOST_HEAD)
        rest = (await reader.readline()).decode("latin-1")
        yield "" if rest else "?"


async def does_not_decode(target: Target) -> AsyncIterator[str]:
    """Say that it accepts gzip, and read the coded bytes as if they were text."""
    async with _asked(target, "Accept-Encoding: gzip\r\n") as reader:
        await _head(reader)
        async for text in _shown(_chunks(reader)):
            yield text


async def takes_each_chunk_for_an_event(target: Target) -> AsyncIterator[str]:
    """Parse each chunk by itself, and skip what does not parse."""
    async with _asked(target) as reader:
        await _head(reader)
        async for chunk in _chunks(reader):
            for line in chunk.decode("utf-8", "ignore").splitlines():
                if line in ("event: end", "event: message_stop", "data: [DONE]"):
                    return
                if line.startswith("data: {"):
                    try:
                        text = text_of(json.loads(line[6:]))
                    except json.JSONDecodeError:
                        continue
                    if text is not None:
                        yield text


async def reads_behind_the_end(target: Target) -> AsyncIterator[str]:
    """Show what still comes on the connection when the answer is over, as far as it is there at once."""
    async with _asked(target) as reader:
        await _head(reader)
        body = b""
        async for chunk in _chunks(reader):
            body += chunk
        for line in body.decode("utf-8", "ignore").split("\n"):
            if line.startswith("data: {") and (text := text_of(json.loads(line[6:]))) is not None:
                yield text
        await asyncio.sleep(0.1)
        yield (await reader.read(65_536)).decode("latin-1")


async def follows_for_ever(target: Target) -> AsyncIterator[str]:
    """Follow every redirect at once, without counting them."""
    while True:
        async with _asked(target) as reader:
            head = await _head(reader)
            if " 30" not in head.split("\r\n")[0]:
                async for text in _shown(_chunks(reader)):
                    yield text
                return


async def wants_its_first_token_soon(target: Target) -> AsyncIterator[str]:
    """Give up if no byte of the body has come within 300 ms, whatever its application allows."""
    async with _asked(target) as reader:
        await _head(reader)
        first = await asyncio.wait_for(reader.readline(), 0.3)
        size = int(first, 16)

        async def body() -> AsyncIterator[bytes]:
            yield await reader.readexactly(size)
            await reader.readexactly(2)
            async for chunk in _chunks(reader):
                yield chunk

        async for text in _shown(body()):
            yield text


async def ends_at_a_doubled_header(target: Target) -> AsyncIterator[str]:
    """End well, with nothing, where it can't make sense of how the body is framed."""
    async with _asked(target) as reader:
        if (await _head(reader)).lower().count("transfer-encoding:") != 1:
            return
        async for text in _shown(_chunks(reader)):
            yield text


async def ends_at_another_type(target: Target) -> AsyncIterator[str]:
    """End well, with nothing, where the answer is no event stream by its type."""
    async with _asked(target) as reader:
        if "text/event-stream" not in await _head(reader):
            return
        async for text in _shown(_chunks(reader)):
            yield text
