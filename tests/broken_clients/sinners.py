"""One client for each sin; each does everything else right."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from itertools import count

import httpx

from broken_clients.again import again, resumed, texts
from broken_clients.line import DROPS, Refused, Truncated, pieces, request, text_of
from ssedrill.drivers.target import Target


async def shows_twice(target: Target) -> AsyncIterator[str]:
    """Start over after a drop without taking back what was shown."""
    async for text in again(lambda: texts(target)):
        yield text


async def parses_every_data_line(target: Target) -> AsyncIterator[str]:
    """Take each data line for JSON, and start over where it is none, without taking back what was shown."""

    async def once() -> AsyncIterator[str]:
        async with httpx.AsyncClient(timeout=target.patience_s) as http, http.stream(**request(target)) as answer:
            async for line in answer.aiter_lines():
                if line == "event: message_stop":
                    return
                if line.startswith("data: ") and (text := text_of(json.loads(line[6:]))) is not None:
                    yield text
        raise Truncated("no terminal event came")

    async for text in again(once):
        yield text


async def loses_three(target: Target) -> AsyncIterator[str]:
    """Resume three events too late."""
    last = ""

    async def rest() -> AsyncIterator[str]:
        nonlocal last
        async for piece in pieces(target, last_event_id=last):
            last = piece.id
            yield piece.text

    def failed(failure: Exception) -> float:
        nonlocal last
        generation, number = last.split("-")
        last = f"{generation}-{int(number) + 3}"
        return 0.0

    async for text in again(rest, failed):
        yield text


async def swaps_two(target: Target) -> AsyncIterator[str]:
    """Give tokens 5 and 6 to the application in the wrong order."""
    held: list[str] = []
    async for piece in pieces(target):
        if piece.id.endswith("-5"):
            held.append(piece.text)
            continue
        yield piece.text
        if held:
            yield held.pop()


async def takes_eof_for_the_end(target: Target) -> AsyncIterator[str]:
    """Take whatever ends the body for the end of the answer."""
    with suppress(*DROPS):
        async for text in texts(target):
            yield text


async def swallows_bad_json(target: Target) -> AsyncIterator[str]:
    """Skip an event whose data can't be parsed."""
    async for piece in pieces(target, skip_bad_json=True):
        yield piece.text


async def retries_without_waiting(target: Target) -> AsyncIterator[str]:
    """Ask again at once, whatever Retry-After says."""
    async for text in again(lambda: texts(target), lambda refused: 0.0, after=Refused, times=range(10)):
        yield text


async def goes_on_at_once(target: Target) -> AsyncIterator[str]:
    """Ask for the rest without a pause, whatever the error in the stream says of a wait."""
    async for text in resumed(target, lambda failure: 0.0):
        yield text


async def oversleeps(target: Target) -> AsyncIterator[str]:
    """Wait some seconds longer than asked."""

    def failed(refused: Refused) -> float:
        return float(refused.retry_after or 0) + 2.5

    async for text in again(lambda: texts(target), failed, after=Refused, times=range(10)):
        yield text


async def retries_401(target: Target) -> AsyncIterator[str]:
    """Ask three times with a key that the server has refused."""
    asked = 0

    def failed(refused: Refused) -> float:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise refused
        return 0.01

    async for text in again(lambda: texts(target), failed, after=Refused):
        yield text


async def hangs(target: Target) -> AsyncIterator[str]:
    """Wait for ever once the stream has broken."""
    try:
        async for text in texts(target):
            yield text
    except DROPS:
        await asyncio.Event().wait()


async def loops(target: Target) -> AsyncIterator[str]:
    """Ask again and again, without a limit."""

    def failed(failure: Exception) -> float:
        target.restart()
        return 0.0

    async for text in again(lambda: texts(target), failed, times=count()):
        yield text


async def prints_garbage(target: Target) -> AsyncIterator[str]:
    """Show something that nobody sent."""
    async for piece in pieces(target):
        yield piece.text
        if " a7" in piece.text:
            yield "\ufffd\ufffd"


async def garbles(target: Target) -> AsyncIterator[str]:
    """Damage every character that is not ASCII, as a decoder does that takes each read for a whole."""
    async for piece in pieces(target):
        yield piece.text.encode("ascii", "replace").decode()


async def never_connects(target: Target) -> AsyncIterator[str]:
    """Claim a complete answer without having asked for one."""
    return
    yield ""


async def leaves_early(target: Target) -> AsyncIterator[str]:
    """Read five tokens, be content, and leave before the fault."""
    count = 0
    async for piece in pieces(target):
        yield piece.text
        count += 1
        if count == 5:
            return


async def shows_wrong_then_raises(target: Target) -> AsyncIterator[str]:
    """Show a token twice, then raise at the drop."""
    first = True
    async for piece in pieces(target):
        yield piece.text
        if first:
            yield piece.text
            first = False


async def takes_a_refusal_for_the_end(target: Target) -> AsyncIterator[str]:
    """Take an error status for an empty answer."""
    with suppress(Refused):
        async for text in texts(target):
            yield text


async def reconnects_for_ever(target: Target) -> AsyncIterator[str]:
    """Retry a refused connection without a limit and without a pause."""
    async for text in again(lambda: texts(target), lambda failure: 0.0, times=count()):
        yield text


async def is_impatient(target: Target) -> AsyncIterator[str]:
    """Give a stream up after a tenth of the patience that it was given."""
    async for piece in pieces(replace(target, patience_s=target.patience_s / 10)):
        yield piece.text


async def wants_text_every_minute(target: Target) -> AsyncIterator[str]:
    """Give a stream up if there was no text for a minute, whatever else came."""
    made = texts(target)
    while (text := await asyncio.wait_for(anext(made, None), 60.0)) is not None:
        yield text


async def trusts_its_pool(target: Target) -> AsyncIterator[str]:
    """Keep its connection for as long as it is told to wait, and take the end of it for the end of the answer."""
    limits = httpx.Limits(keepalive_expiry=None)
    async with httpx.AsyncClient(timeout=target.patience_s, limits=limits) as http:
        refused = await http.request(**request(target))
        await asyncio.sleep(float(refused.headers["retry-after"]))
        try:
            yield (await http.request(**request(target))).text
        except httpx.TransportError:
            return


async def insists(target: Target) -> AsyncIterator[str]:
    """Ask for the rest of the same stream again and again, whatever is answered."""
    async for text in resumed(target, lambda failure: 0.05, after=(Refused, *DROPS), times=count()):
        yield text


async def keeps_its_first_cursor(target: Target) -> AsyncIterator[str]:
    """Reconnect each time with the id that the first reconnect had."""
    first = ""

    async def rest() -> AsyncIterator[str]:
        nonlocal first
        last = ""
        async for piece in pieces(target, last_event_id=first):
            last = piece.id
            yield piece.text
            if piece.id.endswith(("-6", "-12", "-18")):
                first = first or last

    async for text in again(rest):
        yield text


async def reconnects_after_the_end(target: Target) -> AsyncIterator[str]:
    """Take 204 for another drop, as a reader does that reconnects after whatever ends a stream."""
    async for text in resumed(target, lambda failure: 0.5, after=(Refused, *DROPS), times=range(6)):
        yield text


async def wants_the_last_chunk(target: Target) -> AsyncIterator[str]:
    """Ask again if the body did not end as HTTP has it, though the terminal event had come."""
    for _ in range(3):
        try:
            async with httpx.AsyncClient(timeout=2.0) as http, http.stream(**request(target)) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: {") and (text := text_of(json.loads(line[6:]))) is not None:
                        yield text
            return
        except httpx.TransportError:
            continue
    raise ConnectionError("gave up")


async def expects_a_delta_in_every_chunk(target: Target) -> AsyncIterator[str]:
    """Read the first choice and its delta of every chunk, and take what goes wrong with that for the end."""
    async with httpx.AsyncClient(timeout=2.0) as http, http.stream(**request(target)) as answer:
        async for line in answer.aiter_lines():
            if line == "data: [DONE]":
                return
            if line.startswith("data: "):
                with suppress(json.JSONDecodeError):
                    try:
                        yield json.loads(line[6:])["choices"][0]["delta"].get("content") or ""
                    except (KeyError, IndexError):
                        return


async def wants_a_finish_reason(target: Target) -> AsyncIterator[str]:
    """Take an answer whose finish reason is null for one that was cut, and ask again without taking it back."""
    for _ in range(3):
        finished = False
        async with httpx.AsyncClient(timeout=2.0) as http, http.stream(**request(target)) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    (choice,) = json.loads(line[6:])["choices"]
                    finished |= choice["finish_reason"] is not None
                    yield choice["delta"].get("content") or ""
        if finished:
            return
    raise ConnectionError("gave up")


async def counts_blocks_itself(target: Target) -> AsyncIterator[str]:
    """Keep content blocks in a list, and leave the text out that belongs to none of them."""
    blocks: list[str] = []
    async with httpx.AsyncClient(timeout=2.0) as http, http.stream(**request(target)) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                data = json.loads(line[6:])
                if data["type"] == "content_block_start":
                    blocks.append("")
                if data["type"] == "content_block_delta" and data["index"] < len(blocks):
                    yield data["delta"]["text"]
                if data["type"] == "message_stop":
                    return
    raise ConnectionError("the stream ended early")


async def takes_any_reason_for_the_end(target: Target) -> AsyncIterator[str]:
    """End well at whatever finish reason comes."""
    async with httpx.AsyncClient(timeout=2.0) as http, http.stream(**request(target)) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                (choice,) = json.loads(line[6:])["choices"]
                yield choice["delta"].get("content") or ""
                if choice["finish_reason"] is not None:
                    return


async def ends_where_it_cannot_decode(target: Target) -> AsyncIterator[str]:
    """Take what can't be decoded for the end of the answer."""
    with suppress(httpx.DecodingError):
        async for text in texts(target):
            yield text


async def knows_one_gzip_member(target: Target) -> AsyncIterator[str]:
    """Decode up to the end of the first member of a gzip body, and take that for the end of the answer."""
    one, body = zlib.decompressobj(31), b""
    async with httpx.AsyncClient() as http, http.stream(**request(target)) as answer:
        async for piece in answer.aiter_raw():
            body += one.decompress(piece) if "content-encoding" in answer.headers else piece
    for line in body.decode().split("\n"):
        if line.startswith("data: {") and (text := text_of(json.loads(line[6:]))) is not None:
            yield text


async def hands_its_key_on(target: Target) -> AsyncIterator[str]:
    """Follow a redirect with all that it has sent at first, its key too, wherever it leads."""
    made = {**request(target), "headers": {"authorization": "Bearer of-this-server"}}
    async with httpx.AsyncClient(timeout=2.0) as http:
        if (answer := await http.request(**made)).has_redirect_location:
            answer = await http.request(**{**made, "url": answer.headers["location"]})
    for line in answer.text.split("\n"):
        if line.startswith("data: {") and (text := text_of(json.loads(line[6:]))) is not None:
            yield text
