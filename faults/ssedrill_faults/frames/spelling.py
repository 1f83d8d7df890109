"""Spell the events otherwise, without saying anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ssedrill_faults.fault import AnswerFault, Context, Impossible, NotInDialect
from ssedrill_faults.frames.blocks import (
    Line,
    event_name,
    frames_of,
    json_of,
    payload,
    read,
    with_field,
    with_payload,
    written,
)
from ssedrill_faults.frames.counted import touched, with_frames
from ssedrill_faults.plan import Answer, Frame
from ssedrill_faults.position import FromHere

MOST_LINES = 1000

_LF, _CR = b"\n", b"\r"
_ENDS = {"lf": (_LF,), "crlf": (_CR + _LF,), "cr": (_CR,), "mixed": (_LF, _CR + _LF, _CR)}
_JSON_PARTS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{\[,:]|[}\]]')


@dataclass(frozen=True, kw_only=True)
class SpellingFault(FromHere, AnswerFault):
    """Spell the events from a position on otherwise than is usual, in ways that the standard allows.

    A client reads the same from them: what can't be spelled so without saying something else stays as it is.
    """

    name = "spelling"
    shaping = True

    line_end: Literal["lf", "crlf", "cr", "mixed"] | None = None
    """What ends the lines; "mixed" draws it for each line, the same for the same seed."""
    after_colon: int | None = None
    """Spaces between colon and value: none, 1, or 2, of which the second is the value's, so for JSON only."""
    data_lines: int | None = None
    """Data lines for the JSON of an event, broken where JSON allows a line to end; fewer if it has fewer places."""
    without: tuple[Literal["event"], ...] = ()
    """Whether names of events are left out, which only says the same if the data have them too, as ``type``."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.without and all(one is None for one in (self.line_end, self.after_colon, self.data_lines)):
            raise ValueError("give at least one of line_end, after_colon, data_lines, without")
        if self.after_colon is not None and not 0 <= self.after_colon <= 2:
            raise ValueError("after_colon must be 0, 1 or 2 spaces")
        if self.data_lines is not None and not 2 <= self.data_lines <= MOST_LINES:
            raise ValueError(f"data_lines must be at least 2 and at most {MOST_LINES}")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Spell each frame anew."""
        frames = list(frames_of(answer))
        at = self.frame_index(frames)
        before = frames[at - 1].data if at else b""
        changed = False
        for i in range(at, len(frames)):
            data = self._ended(self._spelled(frames[i]), before, ctx)
            if data != frames[i].data:
                changed = True
                frames[i] = touched(replace(frames[i], data=data), self.name)
            before = data
        if not changed:
            raise self._nothing()
        return with_frames(answer, frames)

    def _nothing(self) -> Impossible:
        if self.without:
            return NotInDialect("without finds no names of events to leave out")
        if self.line_end is None and self.after_colon != 0:
            return NotInDialect("there is no JSON here that could be spelled so, or it is already")
        return Impossible("the events are spelled so already")

    def _spelled(self, frame: Frame) -> bytes:
        data = frame.data
        if self.without and (name := event_name(data)):
            if _says_its_type(data, name):
                data = with_field(data, "event", None)
            elif frame.fault is None:
                raise NotInDialect("without can't leave out names that say what the data do not: use edit_event")
        if self.data_lines is not None and json_of(data) is not None and "\n" not in (text := payload(data) or ""):
            data = with_payload(data, "\n".join(_broken(text, self.data_lines)))
        if self.after_colon is not None:
            mark, lines = read(data)
            spaces = self.after_colon if self.after_colon < 2 or _is_json(payload(data)) else 1
            data = written(mark, (_spaced(line, spaces) for line in lines))
        return data

    def _ended(self, data: bytes, before: bytes, ctx: Context) -> bytes:
        """Return the block with its lines ended anew; ``before`` is what stands in front of it."""
        if self.line_end is None:
            return data
        mark, lines = read(data)
        ended: list[Line] = []
        last = before[-1:]
        for line in lines:
            end = ctx.rng.choice(_ENDS[self.line_end]) if line.end else b""
            if last == _CR and not line.text and end == _LF:
                end = _CR + _LF  # or both would be the end of one line
            ended.append(Line(line.text, end))
            last = end
        return written(mark, ended)


def _says_its_type(data: bytes, name: str) -> bool:
    """Tell whether a block says its name in its data too, or has no data, so that it is no event."""
    value = json_of(data)
    return payload(data) is None or (isinstance(value, dict) and value.get("type") == name)


def _is_json(text: str | None) -> bool:
    try:
        json.loads(text or "")
    except (ValueError, RecursionError):
        return False
    return True


def _spaced(line: Line, spaces: int) -> Line:
    if not line.name or b":" not in line.text or (spaces == 2 and line.name != b"data"):
        return line
    needed = 1 if line.value.startswith(b" ") else 0  # the first space is never the value's
    return Line(line.name + b":" + b" " * max(spaces, needed) + line.value, line.end)


def _broken(text: str, lines: int) -> Iterator[str]:
    """Give the lines of a JSON text that is broken at places spread over it."""
    parts = [found for found in _JSON_PARTS.finditer(text) if not found[0].startswith('"')]
    places = sorted({part.start() if part[0] in "}]" else part.end() for part in parts} - {0, len(text)})
    if len(places) >= lines:
        places = [places[i * len(places) // lines] for i in range(1, lines)]
    for a, b in zip([0, *places], [*places, len(text)], strict=True):
        yield text[a:b]
