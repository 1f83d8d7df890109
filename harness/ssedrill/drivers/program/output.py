"""What a program's standard output says: JSON lines, or just text."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from typing import Protocol

from ssedrill.drivers.sink import Sink
from ssedrill.drivers.told import BadTold, finish_told, usage_told
from ssedrill.model.abilities import able

LINE_BYTES = 8 * 1024 * 1024
"""A line holds the largest answer that a scenario may ask for, with each of its characters escaped."""
QUOTED_CHARS = 80
NAMED_BAD_LINES = 5
"""So many bad lines are quoted in the notes; the others are counted."""

RIGHT = (
    '{"text": "..."}, {"retry": "..."}, {"restart": true}, {"usage": {"output_tokens": 40}}, {"finish": "..."}, '
    '{"error": "..."}, {"done": true} or {"unsupported": "..."}; on the first line also {"can": ["usage", "finish"]}'
)


class Output(Protocol):
    """Understands a program's standard output as it arrives."""

    bad_lines: int
    claimed: bool  # the program has said how it ended

    def feed(self, data: bytes) -> None:
        """Take the bytes that have arrived."""

    def stop(self) -> None:
        """Take the deadline: text that has come by now was shown; of what comes later nothing is heard."""

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

    def stop(self) -> None:
        """Show what is left of a character that was cut."""
        self.finish()

    def finish(self) -> None:
        """Show what is left of a character that was cut."""
        if text := self._decoder.decode(b"", final=True):
            self._sink.add("text", text)


SAID = ("text", "retry", "restart", "error", "done", "unsupported")
TOLD = ("usage", "finish", "can")
"""What is told on a line of its own; beside one of the others it is the program's own business."""
_HOLDS_TEXT = re.compile(rb'\{.*"text"\s*:', re.DOTALL)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object; raises ValueError if it holds text twice, of which one would be lost without a word."""
    if sum(key == "text" for key, _ in pairs) > 1:
        raise ValueError("text stands twice in one object")
    return dict(pairs)


_JSON = json.JSONDecoder(strict=False, object_pairs_hook=_once)
"""It takes bare control characters in a string for what they are."""


class JsonLines:
    """One JSON object a line.

    A line that is none of those that are right is noted and otherwise passed over: it says nothing, so it neither
    makes nor breaks a claim. What the program failed to say in it is then missing, and judged as such. If it looks
    as if text had been said in it, that is counted as not kept: nobody knows what the application was shown.
    Bytes that are no UTF-8 become U+FFFD and spoil no more than themselves; so does a bare control character.
    """

    def __init__(self, sink: Sink, on_claim: Callable[[], None] = lambda: None) -> None:
        self.bad_lines = 0
        self.claimed = False
        self._sink = sink
        self._on_claim = on_claim
        self._buffer = bytearray()
        self._lines = 0
        self._skipped = 0  # bytes of a line that was too long
        self._stopped = False
        self._half = ""  # the first half of a surrogate pair that a program cut in two

    def feed(self, data: bytes) -> None:
        """Understand the lines that are whole by now."""
        if self._stopped:
            return
        *lines, rest = data.split(b"\n")
        for line in lines:
            if self._buffer or len(line) > LINE_BYTES:
                self._append(line)
                self._end_line()
            else:
                self._whole_line(line)
        self._append(rest)

    def stop(self) -> None:
        """Take the deadline: text in a line that has not ended yet was shown, a claim in it was not made."""
        if _HOLDS_TEXT.match(self._buffer.lstrip()):
            self._end_line()
        self._buffer.clear()
        self._show_half()
        self._stopped = True

    def finish(self) -> None:
        """Take the last line even if the program did not end it."""
        if self._buffer:
            self._end_line()
        self._show_half()
        if self.bad_lines > NAMED_BAD_LINES:
            self._sink.note(f"{self.bad_lines} lines of the program's output were not understood")

    def _append(self, data: bytes) -> None:
        fits = max(0, LINE_BYTES - len(self._buffer))
        self._buffer += data[:fits]
        self._skipped += len(data[fits:])

    def _end_line(self) -> None:
        line, skipped = bytes(self._buffer), self._skipped
        self._buffer.clear()
        self._skipped = 0
        self._whole_line(line, skipped)

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
        classes = said.pop("class", "Error") if "error" in said else ""
        named = classes if classes and isinstance(classes, list) else [classes]
        error_class, *bases = map(str, named)
        # What else stands beside the one thing said is the program's own business.
        words = [(key, value) for key, value in said.items() if key in SAID]
        match words or [(key, value) for key, value in said.items() if key in TOLD]:
            case [("text", str(text))]:
                self._text(text)
            case [("retry", reason)]:
                self._sink.add("retry", _words(reason))
            case [("restart", True)]:
                self._half = ""
                self._sink.add("restart")
            case [("error", reason)]:
                self._claim()
                self._sink.add("error", _words(reason), error_class, tuple(bases))
            case [("done", True)]:
                self._claim()
                self._sink.add("done")
            case [("unsupported", reason)]:
                self._claim()
                self._sink.add("unsupported", _words(reason))
            case [("usage" | "finish" | "can" as what, value)]:
                try:
                    self._told(what, value)
                except (ValueError, BadTold) as wrong:
                    self._bad(f"nothing that a client says ({what}: {wrong})", line)
            case _:
                self._bad("nothing that a client says", line, text=isinstance(said.get("text"), str))

    def _told(self, what: str, value: object) -> None:
        """Take what is told besides text; raises one of two errors if it can't be understood."""
        if what == "usage":
            self._sink.add("usage", usage_told(value if isinstance(value, dict) else {}))
        elif what == "finish":
            self._sink.add("finish", finish_told(value))
        elif self._lines == 1:
            self._sink.can(able(value))
        else:
            raise ValueError("it stands on the first line, or nowhere")

    def _text(self, text: str) -> None:
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        self._sink.add("text", text)

    def _show_half(self) -> None:
        if self._half:
            self._sink.add("text", self._half)
            self._half = ""

    def _claim(self) -> None:
        self._show_half()
        if not self.claimed:
            self.claimed = True
            self._on_claim()

    def _bad(self, what: str, line: bytes, *, text: bool = False, skipped: int = 0) -> None:
        self.bad_lines += 1
        if text:
            self._sink.drop(len(line) + skipped)
        if self.bad_lines <= NAMED_BAD_LINES:
            shown = self._sink.message(line[: 4 * QUOTED_CHARS].decode("utf-8", "replace"), most=QUOTED_CHARS)
            self._sink.note(f"line {self._lines} of the program's output is {what}: {shown!r}; right is {RIGHT}")


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
