"""The waits that an event stream itself asks for: its reconnection time, and what its error events say."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator

from ssedrill_faults.answer.retry_after import wait_in_body

_LINE_END = re.compile(rb"\r\n|\r|\n")
_RETRY = re.compile(rb"retry: ?([0-9]{1,12})")
"""The field that asks for a reconnection time (WHATWG HTML, 9.2.6)."""


def reconnection_s(stream: bytes) -> float | None:
    """Return the last reconnection time, in seconds, in a block that is over."""
    if b"retry:" not in stream:
        return None
    asked_s = in_block = None
    for line in _LINE_END.split(stream.removeprefix(codecs.BOM_UTF8))[:-1]:
        if not line:
            asked_s = in_block
        elif found := _RETRY.fullmatch(line):
            in_block = int(found[1]) / 1000
    return asked_s


def waits_in_errors(stream: bytes) -> list[tuple[int, float]]:
    """Return each wait in seconds that an error event asks for, with the number of bytes it takes to know of it.

    An error event has that name, or data that are a JSON object with an ``error``. Its data ask for a wait as an
    error's body does: ``retry_after`` and its like, or in words ("Please try again in 11.054s").
    """
    if b"error" not in stream:
        return []
    asked = ((end, wait_in_body(data)) for end, name, data in _events(stream) if _is_error(name, data))
    return [(end, wait_s) for end, wait_s in asked if wait_s is not None]


def _events(stream: bytes) -> Iterator[tuple[int, bytes, str]]:
    """Give the events that are over: where each ends, its name, its data."""
    at = len(codecs.BOM_UTF8) if stream.startswith(codecs.BOM_UTF8) else 0
    name, data = b"", list[bytes]()
    for found in _LINE_END.finditer(stream, at):
        line, at = stream[at : found.start()], found.end()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line:
            if data:
                yield at, name, b"\n".join(data).decode(errors="replace")
            name, data = b"", []
        elif field == b"event":
            name = value
        elif field == b"data":
            data.append(value)


def _is_error(name: bytes, data: str) -> bool:
    if name == b"error":
        return True
    if '"error"' not in data:
        return False
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and bool(value.get("error"))
