"""What a program's standard output says: JSON lines, or just text."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Protocol

from ssedrill.drivers.program.object_lines import ObjectLines
from ssedrill.drivers.program.words import Words, announced
from ssedrill.drivers.sink import Sink

RIGHT = (
    '{"text": "..."}, {"retry": "..."}, {"restart": true}, {"usage": {"output_tokens": 40}}, {"finish": "..."}, '
    '{"error": "..."}, {"done": true} or {"unsupported": "..."}; on the first line also {"can": ["usage", "finish"]}'
)


class Output(Protocol):
    """Understands a program's standard output as it arrives."""

    @property
    def bad_lines(self) -> int:
        """How many lines were not understood."""

    @property
    def claimed(self) -> bool:
        """The program has said how it ended."""

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


class JsonLines:
    """One JSON object a line, all of one call.

    What the program failed to say in a line that is none of those that are right is missing, and judged as such. If
    it looks as if text had been said in it, that is counted as not kept: nobody knows what the application was shown.
    """

    def __init__(self, sink: Sink, on_claim: Callable[[], None] = lambda: None) -> None:
        self._sink = sink
        self._words = Words(sink, on_claim)
        self._lines = ObjectLines(self._hear, sink, RIGHT, sink.drop)
        self._stopped = False

    @property
    def bad_lines(self) -> int:
        """See Output."""
        return self._lines.bad

    @property
    def claimed(self) -> bool:
        """See Output."""
        return self._words.claimed

    def feed(self, data: bytes) -> None:
        """Understand the lines that are whole by now."""
        if not self._stopped:
            self._lines.feed(data)

    def stop(self) -> None:
        """Take the deadline: text in a line that has not ended yet was shown, a claim in it was not made."""
        if self._lines.may_hold_text:
            self._lines.end()
        self._lines.forget()
        self._words.flush()
        self._stopped = True

    def finish(self) -> None:
        """Take the last line even if the program did not end it."""
        self._lines.finish()
        self._words.flush()

    def _hear(self, said: dict[str, object], number: int) -> None:
        if (names := announced(said, number)) is not None:
            self._sink.can(names)
        else:
            self._words.hear(said)
