"""How the block of an event is spelled, line by line, for faults that spell it otherwise."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ssedrill_faults.fault import Impossible
from ssedrill_faults.plan import Answer, Frame, Role

LINE_END = re.compile(r"\r\n?|\n")
"""What ends a line of an event stream; nothing else does."""


def frames_of(answer: Answer) -> tuple[Frame, ...]:
    """Return the frames of an answer that is a stream of events; raises Impossible if it is none."""
    roles = {frame.role for frame in answer.frames}
    refused = answer.head_fault is not None and all(
        frame.role is Role.ERROR and frame.fault is None for frame in answer.frames
    )
    if answer.status != 200 or Role.BODY in roles or refused:
        raise Impossible("the answer is no stream of events")
    return answer.frames


@dataclass(frozen=True, slots=True)
class Line:
    """A line and what ends it; at the end of a body that may be nothing."""

    text: bytes
    end: bytes

    @property
    def name(self) -> bytes:
        """The name of the field; empty for a comment and for the empty line that ends an event."""
        return self.text.partition(b":")[0]

    @property
    def value(self) -> bytes:
        """The value of the field, as a decoder takes it."""
        return self.text.partition(b":")[2].removeprefix(b" ")


def read(data: bytes) -> tuple[bytes, list[Line]]:
    """Return the byte order mark that a block begins with, if it does, and its lines."""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    whole = data[len(mark) :].splitlines(keepends=True)  # of bytes, so it cuts nowhere else
    texts = [line.removesuffix(b"\n").removesuffix(b"\r") for line in whole]
    return mark, [Line(text, line[len(text) :]) for text, line in zip(texts, whole, strict=True)]


def written(mark: bytes, lines: Iterable[Line]) -> bytes:
    """Return the block that these lines are."""
    return mark + b"".join(line.text + line.end for line in lines)


def line_end_of(frames: Sequence[Frame]) -> bytes:
    """Return what ends the lines of a stream, by its first event."""
    ends = (line.end for frame in frames for line in read(frame.data)[1] if line.end)
    return next(ends, b"\n")


def payload(data: bytes) -> str | None:
    """Return the data of a block as a client gets it, or None if the block has none and so is no event."""
    values = [line.value for line in read(data)[1] if line.name == b"data"]
    return b"\n".join(values).decode("utf-8", "replace") if values else None


def event_name(data: bytes) -> str:
    """Return the name of a block's event; empty if it has none."""
    names = [line.value.decode("utf-8", "replace") for line in read(data)[1] if line.name == b"event"]
    return names[-1] if names else ""


def json_of(data: bytes) -> Any:
    """Return the JSON value that is a block's data, or None if it is none, or null."""
    text = payload(data)
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def with_payload(data: bytes, text: str) -> bytes:
    """Return a block with this data in place of its own, a line for each line of it."""
    mark, lines = read(data)
    at = next(i for i, line in enumerate(lines) if line.name == b"data")
    others = [line for line in lines[at:] if line.name != b"data"]
    return written(mark, [*lines[:at], *field("data", text, lines[at].end), *others])


def with_field(data: bytes, name: str, value: str | None) -> bytes:
    """Return a block with this value in the field, in front of the others if it had none; None: without the field."""
    mark, lines = read(data)
    mine = [i for i, line in enumerate(lines) if line.name == name.encode()]
    at = mine[0] if mine else 0
    new = field(name, value, lines[at].end if lines else b"\n") if value is not None else []
    kept = [line for i, line in enumerate(lines) if i not in mine]
    return written(mark, [*kept[:at], *new, *kept[at:]])


def field(name: str, value: str, line_end: bytes) -> list[Line]:
    """Return a field as a line for each line of its value; an empty name makes comments."""
    several = name in ("", "data") and LINE_END.search(value) is not None
    lines = LINE_END.split(value) if several else [value]
    return [Line(f"{name}: {line}".encode() if line or name else b":", line_end) for line in lines]


def mark_first(frames: Sequence[Frame], new: int) -> tuple[Frame, ...]:
    """Return the frames with the byte order mark of what was the first in front of the new ones before it."""
    if len(frames) == new or not frames[new].data.startswith(codecs.BOM_UTF8):
        return tuple(frames)
    first = replace(frames[0], data=codecs.BOM_UTF8 + frames[0].data)
    unmarked = replace(frames[new], data=frames[new].data.removeprefix(codecs.BOM_UTF8))
    return (first, *frames[1:new], unmarked, *frames[new + 1 :])


def is_finished(data: bytes) -> bool:
    """Tell whether a block ends with the empty line that has it dispatched."""
    lines = read(data)[1]
    return bool(lines) and not lines[-1].text


def unfinished(frames: Sequence[Frame], at: int) -> tuple[Frame, ...]:
    """Return the frames with the tokens spoiled that are lost since the block of one of them does not end.

    It and what comes behind it are one block then, up to the next empty line, and maybe one line: a token is left
    only if the data of the whole are those of its event (WHATWG HTML, 9.2.6). Without an empty line nothing is
    dispatched.
    """
    *_, begun = blocks_in(frames[at].data)
    end, joined = at + 1, begun if at == 0 else b":\n" + begun  # a byte order mark is one at the very beginning only
    while end < len(frames) and not is_finished(joined):
        joined += frames[end].data
        end += 1
    whole = payload(joined) if is_finished(joined) else None
    mine = [frame if payload(frame.data) == whole else spoilt(frame) for frame in frames[at:end]]
    if begun != frames[at].data and payload(begun) is None:
        mine[0] = frames[at]  # its data are those of a block that did end
    return (*frames[:at], *mine, *frames[end:])


def blocks_in(data: bytes) -> list[bytes]:
    """Return the blocks that a text of several is made of; the last may lack its end."""
    mark, lines = read(data)
    found = [mark]
    for line in lines:
        found[-1] += line.text + line.end
        if not line.text and line.end:
            found.append(b"")
    return found if found[-1] or len(found) == 1 else found[:-1]


def spoilt(frame: Frame) -> Frame:
    """Return the frame as one whose token nobody may rely on."""
    return frame if frame.token is None else replace(frame, token=None, spoiled=frame.token_slots)
