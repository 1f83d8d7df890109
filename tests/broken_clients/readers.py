"""Clients that mistake what one read returns for something that it is not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import aiohttp

from broken_clients.line import Truncated, request, text_of
from ssedrill.drivers.target import Target


async def _reads(target: Target, *, patience_s: float | None = None) -> AsyncIterator[bytes]:
    """Yield the body as it comes: what lies in the buffer at each turn, whatever it is cut into or merged from."""
    patience = target.patience_s if patience_s is None else patience_s
    timeout = aiohttp.ClientTimeout(total=None, sock_read=patience)
    async with aiohttp.ClientSession(timeout=timeout) as http, http.request(**request(target)) as answer:
        answer.raise_for_status()
        async for read in answer.content.iter_any():
            yield read


def _texts(lines: list[str]) -> tuple[list[str], bool]:
    """Return the text of whatever parses, and whether the terminal event was there."""
    texts, ended = [], False
    for line in lines:
        ended |= line in ("event: end", "event: message_stop", "data: [DONE]")
        if line.startswith("data: {"):
            try:
                text = text_of(json.loads(line[6:]))
            except json.JSONDecodeError:
                continue
            texts += [text] if text else []
    return texts, ended


async def _shown(lines_of: AsyncIterator[list[str]]) -> AsyncIterator[str]:
    """Show the text of these lines up to the terminal event; raises Truncated where there is none."""
    async for lines in lines_of:
        texts, ended = _texts(lines)
        for text in texts:
            yield text
        if ended:
            return
    raise Truncated("no terminal event")


async def _lines(target: Target, errors: str, *, patience_s: float | None = None) -> AsyncIterator[list[str]]:
    """Yield the whole lines of each read, decoded by itself."""
    buffer = ""
    async for read in _reads(target, patience_s=patience_s):
        buffer += read.decode("utf-8", errors)
        *lines, buffer = buffer.split("\n")
        yield [line.rstrip("\r") for line in lines]


async def parses_each_read(target: Target) -> AsyncIterator[str]:
    """Take each read for a whole number of events, and skip what does not parse."""
    async for read in _reads(target):
        texts, ended = _texts(read.decode("utf-8", "replace").splitlines())
        for text in texts:
            yield text
        if ended:
            return


async def decodes_each_read(target: Target) -> AsyncIterator[str]:
    """Decode each read alone: a character that was cut becomes two question marks."""
    async for text in _shown(_lines(target, "replace")):
        yield text


async def ends_lines_at_each_cr(target: Target) -> AsyncIterator[str]:
    """Take a CR at the end of a read for a whole line ending, and the LF of the next read for another one.

    The blank line that this makes up ends the event before its data line has come.
    """
    buffer, event, data = "", "", ""
    async for read in _reads(target):
        buffer += read.decode("utf-8", "ignore")
        lines = buffer.splitlines(keepends=True)
        buffer = lines.pop() if lines and not lines[-1].endswith(("\r", "\n")) else ""
        for line in (whole.rstrip("\r\n") for whole in lines):
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: "):
                data = line[6:]
            elif not line:
                if data == "[DONE]" or event in ("end", "message_stop"):
                    return
                # Only an event with both its lines is shown; where no event line is sent, one is made of `id`.
                if data and (event or target.dialect != "anthropic-messages"):
                    text = text_of(json.loads(data))
                    if text:
                        yield text
                event, data = "", ""
    raise Truncated("no terminal event")


async def ends_lines_where_unicode_does(target: Target) -> AsyncIterator[str]:
    """Split lines as `str.splitlines` does, U+2028 and all, and skip what does not parse."""

    async def lines_of() -> AsyncIterator[list[str]]:
        buffer = ""
        async for read in _reads(target):
            buffer += read.decode("utf-8", "ignore")
            *lines, buffer = buffer.splitlines(keepends=True) or [""]
            if buffer.endswith("\n"):
                lines, buffer = [*lines, buffer], ""
            yield [line.rstrip("\n") for line in lines]

    async for text in _shown(lines_of()):
        yield text


async def first_event_of_each_read(target: Target) -> AsyncIterator[str]:
    """Look at the first event of each read only."""
    async for read in _reads(target):
        blocks = read.decode("utf-8", "replace").split("\n\n")
        texts, _ = _texts(blocks[0].split("\n"))
        for text in texts:
            yield text
        _, ended = _texts(read.decode("utf-8", "replace").split("\n"))
        if ended:
            return


async def waits_for_the_end_of_the_body(target: Target) -> AsyncIterator[str]:
    """Go on reading after the terminal event, without a timeout, until the server closes."""
    async for lines in _lines(target, "ignore", patience_s=3600.0):
        for text in _texts(lines)[0]:
            yield text


async def has_no_patience_set(target: Target) -> AsyncIterator[str]:
    """Do everything right, but wait for ever for the next byte."""
    async for text in _shown(_lines(target, "ignore", patience_s=3600.0)):
        yield text


async def passes_errors_over(target: Target) -> AsyncIterator[str]:
    """Take the event of an error for one of those that say nothing, and wait for ever for the next."""

    async def without_errors() -> AsyncIterator[list[str]]:
        async for lines in _lines(target, "ignore", patience_s=3600.0):
            yield [line for line in lines if '"error"' not in line]

    async for text in _shown(without_errors()):
        yield text


async def _whole_events(target: Target, *, patience_s: float | None = None) -> AsyncIterator[list[str]]:
    """Yield the lines of each event whose empty line has come."""
    block = ""
    async for read in _reads(target, patience_s=patience_s):
        block += read.decode("utf-8", "ignore")
        while "\n\n" in block:
            event, _, block = block.partition("\n\n")
            yield event.splitlines()


async def waits_for_the_blank_line(target: Target) -> AsyncIterator[str]:
    """Take an event for one when its blank line is there, as the standard says, and wait for that for ever."""
    async for text in _shown(_whole_events(target, patience_s=3600.0)):
        yield text


async def keeps_the_first_data_line(target: Target) -> AsyncIterator[str]:
    """Take the first data line of an event for all of its data, and skip what does not parse."""
    async for text in _shown(_blocks(target, lambda lines: lines[:1])):
        yield text


async def parses_every_block(target: Target) -> AsyncIterator[str]:
    """Take each empty line for the end of an event, whether there was one or not, and parse its data."""
    block: list[str] = []
    async for lines in _lines(target, "ignore"):
        for line in lines:
            if line:
                block.append(line)
                continue
            data = "".join(one[6:] for one in block if one.startswith("data: "))
            if data == "[DONE]":
                return
            found = text_of(json.loads(data))
            yield found or ""
            if "event: message_stop" in block or "event: end" in block:
                return
            block = []
    raise Truncated("no terminal event")


async def has_a_small_line_buffer(target: Target) -> AsyncIterator[str]:
    """Drop a line of more than 64 KiB without a word."""

    async def lines_of() -> AsyncIterator[list[str]]:
        async for lines in _lines(target, "ignore"):
            yield [line for line in lines if len(line) <= 65_536]

    async for text in _shown(lines_of()):
        yield text


async def goes_by_the_event_line(target: Target) -> AsyncIterator[str]:
    """Look at the data of events whose name it knows only, and take the end of the body for the end."""
    known = False
    async for lines in _lines(target, "ignore"):
        for line in lines:
            if line.startswith("event: "):
                known = line == "event: content_block_delta"
            elif known:
                for text in _texts([line])[0]:
                    yield text


async def _blocks(target: Target, kept: Callable[[list[str]], list[str]]) -> AsyncIterator[list[str]]:
    """Yield what is kept of the data lines of each event, its other lines before them."""
    block: list[str] = []
    async for lines in _lines(target, "ignore"):
        for line in lines:
            if line:
                block.append(line)
                continue
            data = [one for one in block if one.startswith("data: ")]
            yield [one for one in block if one not in data] + kept(data)
            block = []


async def keeps_whole_events_of_each_read(target: Target) -> AsyncIterator[str]:
    """Cut each read at its empty lines, and drop what stands behind the last of them."""
    async for read in _reads(target):
        for block in read.decode("utf-8", "replace").split("\n\n")[:-1]:
            texts, ended = _texts(block.splitlines())
            for text in texts:
                yield text
            if ended:
                return
    raise Truncated("no terminal event")


async def drops_the_rest_at_the_end(target: Target) -> AsyncIterator[str]:
    """Take the end of the body for the end of the answer, without what stands behind the last empty line."""
    async for lines in _whole_events(target):
        for text in _texts(lines)[0]:
            yield text


async def trusts_the_first_line(target: Target) -> AsyncIterator[str]:
    """Give up where text comes before the message has begun, which it tells by the event's line."""
    begun = False
    async for lines in _lines(target, "ignore"):
        texts, ended = _texts(lines)
        begun |= "event: message_start" in lines
        for text in texts:
            if not begun:
                raise Truncated("text came before the message began")
            yield text
        if ended:
            return
    raise Truncated("no terminal event")
