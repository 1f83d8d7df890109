"""A decoder of event streams that is right about what decoders get wrong.

Lines end at CR, LF or CRLF and nowhere else: U+2028 and U+0085 are text. Lines are cut as bytes and decoded when
they are whole, so a character or a CRLF may be cut anywhere. A CR ends its line at once, without waiting for an LF
that may never come. What the stream breaks off in the middle of is dropped, as the WHATWG standard says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event that was dispatched."""

    type: str
    data: str
    id: str = ""  # its own; empty if it has none
    last_id: str | None = field(default=None, compare=False)  # what a reconnect behind it sends; None: none has come


class SseDecoder:
    """Bytes in, events out."""

    def __init__(self) -> None:
        self.last_id: str | None = None  # what a reconnect sends as Last-Event-ID; None if no id has come
        self.reconnect_s: float | None = None  # the stream's own wish, from a `retry:` field
        self._rest = bytearray()
        self._after_cr = False
        self._first = True
        self._id: str | None = None
        self._type = ""
        self._data: list[str] = []

    def feed(self, data: bytes) -> list[SseEvent]:
        """Take the next bytes, however they are cut, and return the events that they complete."""
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n") if data[:1] == b"\n" else data
        if not data:
            return []
        self._rest += data
        if b"\n" not in data and b"\r" not in data:
            return []
        *lines, rest = _LINE_END.split(bytes(self._rest))
        self._rest = bytearray(rest)
        self._after_cr = data.endswith(b"\r")
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, raw: bytes) -> SseEvent | None:
        line = raw.decode("utf-8", "replace")
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._data.append(value)
            case "event":
                self._type = value
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self.reconnect_s = int(value[:12]) / 1000
        return None

    def _dispatch(self) -> SseEvent | None:
        type_, data, id_ = self._type or "message", self._data, self._id
        self._type, self._data, self._id = "", [], None
        if id_ is not None:
            self.last_id = id_
        return SseEvent(type_, "\n".join(data), id_ or "", self.last_id) if data else None
