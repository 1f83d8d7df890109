"""A scripted HTTP server for tests of clients and drivers: bytes written by hand, no part of the harness's own."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ssedrill.clock.clock import Clock
from ssedrill.clock.fate import Fate
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.drivers.driver import Driver
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import Target
from ssedrill.model.token_journal import TokenJournal
from support.fates import settled, value_of
from support.patience import HANG_S

WORDS = (" one", " zwei", " สาม", " 🚒", '"\\', "\u2028", "\u0085", "\n", " end")
TEXT = "".join(WORDS)


@dataclass(frozen=True)
class Reply:
    """The bytes of one answer, and what is done to the socket after them."""

    data: bytes
    then: Literal["keep", "fin", "reset", "hang", "ping"] = "keep"


@dataclass
class Script:
    """What the server answers, request by request (the last reply holds on), and what it was asked."""

    replies: Sequence[Reply]
    origin: str = ""
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


def head(status: str = "200 OK", kind: str = "text/event-stream", **headers: str) -> bytes:
    """Return a response's head; underscores in names stand for hyphens."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Transfer-Encoding: chunked"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def chunk(data: bytes) -> bytes:
    """Return a chunk of a chunked body; the empty one ends it."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def events(dialect: str, words: Sequence[str] = WORDS, *, first: int = 1, end: bool = True) -> bytes:
    """Return the blocks of a healthy stream."""
    blocks: list[str] = []
    if dialect == "anthropic-messages":
        usage = {"input_tokens": 1, "output_tokens": 1}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "m", "usage": usage}
        blocks += [_typed("message_start", message=message)]
        blocks += [_typed("content_block_start", index=0, content_block={"type": "text", "text": ""})]
        blocks += [_typed("content_block_delta", index=0, delta={"type": "text_delta", "text": w}) for w in words]
        if end:
            blocks += [_typed("content_block_stop", index=0)]
            blocks += [_typed("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9})]
            blocks += [_typed("message_stop")]
    elif dialect == "openai-chat":
        blocks += [_chunk({"role": "assistant", "content": ""}), *(_chunk({"content": word}) for word in words)]
        if end:
            blocks += [_chunk({}, "stop"), "data: [DONE]\n\n"]
    else:
        for number, word in enumerate(words, start=first):
            blocks.append(f"id: a-{number}\ndata: {json.dumps({'text': word}, ensure_ascii=False)}\n\n")
        if end:
            blocks.append("id: a-end\nevent: end\ndata: {}\n\n")
    return "".join(blocks).encode()


def healthy(dialect: str) -> Reply:
    """Return a whole, orderly stream."""
    return Reply(head() + chunk(events(dialect)) + chunk(b""))


def cut(dialect: str, after: int, then: Literal["keep", "fin", "reset", "hang"]) -> Reply:
    """Return a stream that breaks off after so many words."""
    return Reply(head() + chunk(events(dialect, WORDS[:after], end=False)), then)


def refused(status: str, **headers: str) -> Reply:
    """Return an error response with a small JSON body."""
    body = b'{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}'
    return Reply(head(status, "application/json", **headers) + chunk(body) + chunk(b""))


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[Script]:
    """Serve a script on a port of its own."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        try:
            await _converse(script, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    script.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield script
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read_by_the_client(writer: asyncio.StreamWriter) -> None:
    """Return when the client's kernel holds no bytes for it any more, as Linux tells; elsewhere after a while."""
    _, port = writer.get_extra_info("peername")
    try:
        while _unread(port):  # noqa: ASYNC110 (the kernel tells nobody)
            await asyncio.sleep(0.005)
    except OSError:
        await asyncio.sleep(1.0)


def _unread(port: int) -> int:
    """Return how many bytes the kernel holds that came for the socket at this local port; raises OSError."""
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        _, local, _, _, queues, *_ = line.split()
        if local.endswith(f":{port:04X}"):
            return int(queues.partition(":")[2], 16)
    return 0


async def _converse(script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        request, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        reply = script.replies[min(len(script.asked), len(script.replies) - 1)]
        script.asked.append((request, headers, body))
        writer.write(reply.data)
        await writer.drain()
        if reply.then == "hang":
            await reader.read()
        while reply.then == "ping":
            await asyncio.sleep(0.05)
            writer.write(chunk(b": ping\n\n"))
            await writer.drain()
        if reply.then == "reset":
            await _read_by_the_client(writer)  # a reset overtakes bytes that the client has not read yet
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        if reply.then != "keep":
            return


@dataclass
class Told:
    """What came of one run against a script."""

    journal: TokenJournal
    asked: list[tuple[str, dict[str, str], bytes]]
    seconds: float

    @property
    def text(self) -> str:
        """All the text shown, withdrawn or not."""
        return "".join(entry.text for entry in self.journal.entries if entry.kind == "text")

    @property
    def kinds(self) -> list[str]:
        """What was said, text aside, in order."""
        return [entry.kind for entry in self.journal.entries if entry.kind != "text"]

    @property
    def error(self) -> tuple[str, str] | None:
        """Class and message of the error that was reported, if any."""
        found = [(e.error_class, e.text) for e in self.journal.entries if e.kind == "error"]
        return found[0] if found else None


def drive(
    driver: Driver,
    dialect: str = "eventsource",
    replies: Sequence[Reply] = (),
    *,
    patience_s: float = 5.0,
    deadline_s: float = HANG_S,
    clock: Clock | None = None,
) -> Told:
    """Run a driver once, in real time if no clock is given, against a scripted server; return what it told."""
    make = type(clock or RealClock())

    async def main(clock: Clock) -> Told:
        async with serving(Script(replies or (healthy(dialect),))) as script:
            paths = {"eventsource": "/stream", "openai-chat": "/v1"}
            started = clock.now()
            sink = Sink(lambda: clock.now() - started)
            target = Target(script.origin + paths.get(dialect, ""), dialect, "test", patience_s, deadline_s, sink)
            await driver.run(target, clock)
            sink.close()
            return Told(sink.journal, script.asked, clock.now() - started)

    def run() -> Fate[Told]:
        clock = make()
        return clock.run(lambda: main(clock))

    return value_of(settled(run))


def _typed(kind: str, **rest: object) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **rest}, ensure_ascii=False)}\n\n"


def _chunk(delta: dict[str, str], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    data = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
