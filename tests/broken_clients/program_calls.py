"""A program that makes several calls over one pool, and sins in the way that its argument names.

Its second argument is how long it waits before it asks again.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import aiohttp

SIN = sys.argv[1] if len(sys.argv) > 1 else ""
ABILITIES = {"cant": None, "calls-only": ["calls"]}
LONG_S = 10_000.0
PAUSE_S = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0

KEPT: list[aiohttp.ClientResponse] = []
calls: dict[int, asyncio.Task[None]] = {}


def say(**what: object) -> None:
    """Print one line."""
    print(json.dumps(what), flush=True)


async def main() -> None:
    """Read calls, and what is called off, until there are no more."""
    if SIN == "hangs-at-once":
        await asyncio.sleep(LONG_S)
    if SIN == "dies-at-once":
        sys.exit(3)
    if SIN == "127":
        print("I can't do that", file=sys.stderr)
        sys.exit(127)
    if SIN == "closes-unread":  # what it has been told by then
        line = json.loads(b"".join(iter(lambda: os.read(0, 1), b"\n")))
        async with aiohttp.ClientSession() as http:
            await call(http, line["call"], line["url"])
        await asyncio.sleep(1.0)
        os.close(0)
        await asyncio.sleep(LONG_S)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with aiohttp.ClientSession() as http:
        if SIN == "deaf":  # it makes one call, and never reads of another
            line = json.loads(await reader.readline())
            await call(http, line["call"], line["url"])
            await asyncio.sleep(LONG_S)
        while line_read := await reader.readline():
            line = json.loads(line_read)
            if "cancel" in line:
                if SIN == "shows-on":
                    await asyncio.sleep(1.0)
                    say(call=line["cancel"], text="still here")
                if SIN != "goes-on":
                    calls[line["cancel"]].cancel()
                continue
            number = line["call"]
            calls[number] = asyncio.create_task(call(http, number, line["url"]))
            if SIN == "closes-input":
                os.close(0)
                await calls[number]
                await asyncio.sleep(LONG_S)
        if SIN == "lingers":
            await asyncio.sleep(LONG_S)
    if SIN == "exits-with-4":
        sys.exit(4)


async def call(http: aiohttp.ClientSession, number: int, url: str) -> None:
    """Make one call."""
    mine = {"no-call": {}, "unknown-call": {"call": 99}, "wrong-type": {"call": str(number)}}.get(SIN)
    mine = {"call": number} if mine is None else mine
    try:
        for attempt in range(3):
            try:
                await (keep(http, number, url) if SIN == "keeps" else read(http, number, url, mine))
                break
            except (aiohttp.ClientError, ConnectionError):
                if attempt == 2:
                    raise
                say(call=number, restart=True)
                await asyncio.sleep(PAUSE_S)
    except asyncio.CancelledError:
        say(call=number, error="called off", **{"class": "CancelledError"})
    except Exception as error:
        say(call=number, error=str(error), **{"class": type(error).__name__})
    else:
        say(call=number, done=True)
        if SIN == "late":
            await asyncio.sleep(0.05)
            say(call=number, text="and one more thing")


async def read(http: aiohttp.ClientSession, number: int, url: str, mine: dict[str, object]) -> None:
    """Make one request, and show its text."""
    timeout = aiohttp.ClientTimeout(total=None, sock_read=float(os.environ["SSEDRILL_PATIENCE_S"]))
    async with http.get(url, timeout=timeout) as answer:
        answer.raise_for_status()
        async for raw in answer.content:
            line = raw.decode("utf-8").rstrip("\r\n")
            if line == "event: end":
                return
            if line.startswith('data: {"'):
                say(text=json.loads(line[6:])["text"], **mine)
                if SIN == "dies-in-2" and number == 2:
                    os._exit(7)
                if SIN == "hangs-in-2" and number == 2:
                    await asyncio.sleep(LONG_S)
                if SIN == "floods":
                    print("x" * 100_000)
                if SIN == "half-a-line" and number == 1:
                    print('{"call": 1, "text": "half', end="", flush=True)
                    os._exit(0)
    raise ConnectionError("the stream ended without its last event")


async def keep(http: aiohttp.ClientSession, number: int, url: str) -> None:
    """Show the text of an answer, and never let go of it."""
    answer = await http.get(url)
    KEPT.append(answer)
    async for raw in answer.content:
        if raw.startswith(b'data: {"'):
            say(call=number, text=json.loads(raw[6:])["text"])


if __name__ == "__main__":
    can = ABILITIES.get(SIN, ["calls", "cancel"])
    if can is not None:
        say(can=can)
    if os.environ["SSEDRILL_DIALECT"] != "eventsource":
        sys.exit(127)
    asyncio.run(main())
