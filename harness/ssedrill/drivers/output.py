"""What a program's standard output says: JSON lines, or just text."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from typing import Protocol

from ssedrill.drivers.base import Sink

LINE_BYTES = 1024 * 1024
NAMED_BAD_LINES = 5
"""So many bad lines are quoted in the notes; the others are counted."""

RIGHT = (
    '{"text": "..."}, {"retry": "..."}, {"restart": true}, {"error": "..."}, {"done": true} or {"unsupported": "..."}'
)


class Output(Protocol):
    """Understands a program's standard output as it arrives."""

    bad_lines: int
    claimed: bool  # the program has said how it ended

    def feed(self, data: bytes) -> None:
        """Take the bytes that have arrived."""

    def finish(self) -> None:
        """Take the end of the output."""


class RawText:
    """The output is the text; it makes no claim."""

    bad_lines = 0
    claimed = False

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> None:
        """Show the characters that are whole by now."""
        if text := self._decoder.decode(data):
            self._sink.add("text", text)

    def finish(self) -> None:
        """Show what is left of a character that was cut."""
        if text := self._decoder.decode(b"", final=True):
            self._sink.add("text", text)


SAID = ("text", "retry", "restart", "error", "done", "unsupported")


class JsonLines:
    """One JSON object a line.

    A line that is none of those that are right is noted and otherwise passed over: it says nothing, so it neither
    makes nor breaks a claim. What the program failed to say in it is then missing, and judged as such.
    """

    def __init__(self, sink: Sink, on_claim: Callable[[], None] = lambda: None) -> None:
        self.bad_lines = 0
        self.claimed = False
        self._sink = sink
        self._on_claim = on_claim
        self._buffer = bytearray()
        self._lines = 0
        self._skipping = False  # the rest of a line that was too long
        self._half = ""  # the first half of a surrogate pair that a program cut in two

    def feed(self, data: bytes) -> None:
        """Understand the lines that are whole by now."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._append(line)
            self._end_line()
        self._append(rest)

    def finish(self) -> None:
        """Take the last line even where the program did not end it."""
        if self._buffer:
            self._end_line()
        if self._half:
            self._sink.add("text", self._half)
            self._half = ""
        if self.bad_lines > NAMED_BAD_LINES:
            self._sink.note(f"{self.bad_lines} lines of the program's output were not understood")

    def _append(self, data: bytes) -> None:
        if self._skipping:
            return
        self._buffer += data
        if len(self._buffer) > LINE_BYTES:
            del self._buffer[LINE_BYTES:]
            self._skipping = True

    def _end_line(self) -> None:
        self._lines += 1
        line, cut = bytes(self._buffer).strip(), self._skipping
        self._buffer.clear()
        self._skipping = False
        if cut:
            self._bad(f"longer than {LINE_BYTES} bytes, cut there", line)
        elif line:
            self._understand(line)

    def _understand(self, line: bytes) -> None:
        if not line.startswith(b"{"):
            self._bad("not a JSON object", line)
            return
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            self._bad("not JSON", line)
            return
        error_class = said.pop("class", "Error") if "error" in said else ""
        # What else stands beside the one thing said is the program's own business.
        match [(key, value) for key, value in said.items() if key in SAID]:
            case [("text", str(text))]:
                self._text(text)
            case [("retry", reason)]:
                self._sink.add("retry", _words(reason))
            case [("restart", True)]:
                self._half = ""
                self._sink.add("restart")
            case [("error", reason)]:
                self._claim()
                self._sink.add("error", _words(reason), str(error_class))
            case [("done", True)]:
                self._claim()
                self._sink.add("done")
            case [("unsupported", reason)]:
                self._claim()
                self._sink.add("unsupported", _words(reason))
            case _:
                self._bad("nothing that a client says", line)

    def _text(self, text: str) -> None:
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        self._sink.add("text", text)

    def _claim(self) -> None:
        if not self.claimed:
            self.claimed = True
            self._on_claim()

    def _bad(self, what: str, line: bytes) -> None:
        self.bad_lines += 1
        if self.bad_lines <= NAMED_BAD_LINES:
            shown = line[:80].decode("utf-8", "replace")
            self._sink.note(f"line {self._lines} of the program's output is {what}: {shown!r}; right is {RIGHT}")


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
