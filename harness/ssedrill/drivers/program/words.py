"""What a program says of one call, put into the call's sink."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ssedrill.drivers.program.object_lines import BadLine
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.told import BadTold, finish_told, usage_told
from ssedrill.model.abilities import able

SAID = ("text", "retry", "restart", "error", "done", "unsupported")
TOLD = ("usage", "finish", "can")
"""What is told on a line of its own; beside one of the others it is the program's own business."""
NOTHING = "nothing that a client says"


def announced(said: Mapping[str, object], number: int) -> frozenset[str] | None:
    """Return what a line says that the program can; None if it says nothing of that. Raises BadLine."""
    if "can" not in said or any(word in said for word in (*SAID, "usage", "finish")):
        return None
    if number > 1:
        raise BadLine(f"{NOTHING} (can: it stands on the first line, or nowhere)")
    try:
        return able(said["can"])
    except ValueError as wrong:
        raise BadLine(f"{NOTHING} (can: {wrong})") from None


class Words:
    """Understands the objects that a program prints for one call."""

    def __init__(self, sink: Sink, on_claim: Callable[[], None] = lambda: None) -> None:
        self.claimed = False
        self._sink = sink
        self._on_claim = on_claim
        self._half = ""  # the first half of a surrogate pair that a program cut in two

    def hear(self, said: Mapping[str, object]) -> None:
        """Take an object; raises BadLine if a client says no such thing."""
        classes = said.get("class", "Error")
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
            case [("usage" | "finish" as what, value)]:
                self._told(what, value)
            case _:
                raise BadLine(NOTHING)

    def flush(self) -> None:
        """Show what is left of a character that was cut."""
        if self._half:
            self._sink.add("text", self._half)
            self._half = ""

    def _told(self, what: str, value: object) -> None:
        """Take what is told besides text."""
        try:
            if what == "usage":
                self._sink.add("usage", usage_told(value if isinstance(value, dict) else {}))
            else:
                self._sink.add("finish", finish_told(value))
        except BadTold as wrong:
            raise BadLine(f"{NOTHING} ({what}: {wrong})") from None

    def _text(self, text: str) -> None:
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        self._sink.add("text", text)

    def _claim(self) -> None:
        self.flush()
        if not self.claimed:
            self.claimed = True
            self._on_claim()


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
