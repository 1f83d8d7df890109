"""Lines of JSON objects, out of bytes that come as they come."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from typing import TypeAlias

from ssedrill.drivers.sink import Sink

LINE_BYTES = 8 * 1024 * 1024
"""A line holds the largest answer that a scenario may ask for, with each of its characters escaped."""
QUOTED_CHARS = 80
NAMED_BAD_LINES = 5
"""So many bad lines are quoted in the notes; the others are counted."""

_HOLDS_TEXT = re.compile(rb'\{.*"text"\s*:', re.DOTALL)

Hear: TypeAlias = Callable[[dict[str, object], int], None]
"""Is given what a line says, and the line's number; raises BadLine."""


class BadLine(ValueError):
    """A line says nothing that a client says; the message says what it is instead, or what is wrong with it."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object; raises ValueError if it holds text twice, of which one would be lost without a word."""
    if sum(key == "text" for key, _ in pairs) > 1:
        raise ValueError("text stands twice in one object")
    return dict(pairs)


_JSON = json.JSONDecoder(strict=False, object_pairs_hook=_once)
"""It takes bare control characters in a string for what they are."""


class ObjectLines:
    """Gives each object to who hears it.

    A line that is none, or that nobody understands, is noted, with what is ``right``, and otherwise passed over: it
    says nothing, so it neither makes nor breaks a claim. If it looks as if text had been said in it, ``lost`` is
    given its size. Bytes that are no UTF-8 become U+FFFD and spoil no more than themselves; so does a bare control
    character.
    """

    def __init__(self, hear: Hear, notes: Sink, right: str, lost: Callable[[int], None]) -> None:
        self.bad = 0
        self._hear = hear
        self._notes = notes
        self._right = right
        self._lost = lost
        self._buffer = bytearray()
        self._lines = 0
        self._skipped = 0  # bytes of a line that was too long

    @property
    def may_hold_text(self) -> bool:
        """The line that has not ended yet looks as if it said text."""
        return _HOLDS_TEXT.match(self._buffer.lstrip()) is not None

    def unfinished(self) -> dict[str, object]:
        """Return what the line that has not ended yet says, if it is a whole object; empty if it is not."""
        try:
            said = _JSON.decode(self._buffer.decode("utf-8", "replace").strip())
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}

    def feed(self, data: bytes) -> None:
        """Understand the lines that are whole by now."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            if self._buffer or len(line) > LINE_BYTES:
                self._append(line)
                self.end()
            else:
                self._whole_line(line)
        self._append(rest)

    def end(self) -> None:
        """Take the line that has not ended yet for a whole one."""
        line, skipped = bytes(self._buffer), self._skipped
        self.forget()
        self._whole_line(line, skipped)

    def forget(self) -> None:
        """Drop it."""
        self._buffer.clear()
        self._skipped = 0

    def finish(self) -> None:
        """Take the last line even if the program did not end it."""
        if self._buffer:
            self.end()
        if self.bad > NAMED_BAD_LINES:
            self._notes.note(f"{self.bad} lines of the program's output were not understood")

    def _append(self, data: bytes) -> None:
        fits = max(0, LINE_BYTES - len(self._buffer))
        self._buffer += data[:fits]
        self._skipped += len(data[fits:])

    def _whole_line(self, line: bytes, skipped: int = 0) -> None:
        self._lines += 1
        line = line.removeprefix(codecs.BOM_UTF8).strip()
        if skipped:
            self._bad(f"longer than {LINE_BYTES} bytes, cut there", line, text=line.startswith(b"{"), skipped=skipped)
        elif line:
            self._understand(line)

    def _understand(self, line: bytes) -> None:
        if not line.startswith(b"{"):
            self._bad("not a JSON object", line)
            return
        try:
            said = _JSON.decode(line.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            self._bad("not JSON", line, text=_HOLDS_TEXT.match(line) is not None)
            return
        try:
            self._hear(said, self._lines)
        except BadLine as bad:
            self._bad(str(bad), line, text=isinstance(said.get("text"), str))

    def _bad(self, what: str, line: bytes, *, text: bool = False, skipped: int = 0) -> None:
        self.bad += 1
        if text:
            self._lost(len(line) + skipped)
        if self.bad <= NAMED_BAD_LINES:
            shown = self._notes.message(line[: 4 * QUOTED_CHARS].decode("utf-8", "replace"), most=QUOTED_CHARS)
            where = f"line {self._lines} of the program's output"
            self._notes.note(f"{where} is {what}: {shown!r}; right is {self._right}")
