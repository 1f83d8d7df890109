"""Send an event that the scenario writes itself."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.blocks import (
    LINE_END,
    Line,
    event_name,
    field,
    frames_of,
    is_finished,
    line_end_of,
    mark_first,
    payload,
    unfinished,
    written,
)
from ssedrill_faults.frames.counted import MOST_BYTES, with_frames
from ssedrill_faults.frames.late import LateEvents
from ssedrill_faults.frames.placeholders import (
    check_padding,
    check_text,
    filled,
    pads_in,
    tokens_in,
)
from ssedrill_faults.plan import Answer, Frame, Role
from ssedrill_faults.position import Position

MOST_TIMES = 10_000

_FIELDS = ("comment", "id", "event", "retry", "data")
_WHOLE = ("raw", "raw_hex")
_HEX = re.compile(r"\s*(?:[0-9a-fA-F]{2}\s*)+", re.ASCII)


def check_times(times: int) -> None:
    """Raise ValueError unless something may be sent so many times."""
    if not 1 <= times <= MOST_TIMES:
        raise ValueError(f"times must be at least 1 and at most {MOST_TIMES}")


@dataclass(frozen=True, kw_only=True)
class InsertEventFault(Position, AnswerFault):
    """Send an event at a position that the scenario writes itself, field by field or byte by byte.

    ``{token:13}`` stands for the text of token 13 as it is served, ``{generation}`` for the letters that tell this
    answer from another, ``{pad}`` for the filler. The text of a token is escaped as in a JSON string, but verbatim in
    ``raw``. A token counts if it stands in ``data`` or ``raw``.
    """

    name = "insert_event"
    at_moments = True
    shaping_by = ("data", "event", "id", "retry", "raw", "raw_hex")
    rewrites_text = True

    data: str | None = None
    """A ``data`` line for each line of it; it may be empty."""
    event: str | None = None
    """The name of the event."""
    id: str | None = None
    """The id, whatever it is; an empty one resets the cursor."""
    retry: str | None = None
    """The reconnection time in milliseconds, or what stands in its place."""
    comment: str | None = None
    """The text of a comment ahead of the fields."""
    raw: str | None = None
    """The whole block in place of the fields, byte for byte, with the empty line that ends it, if it is to end."""
    raw_hex: str | None = None
    """The same in hex digits, for bytes that no text has: invalid UTF-8. It stands for no token."""
    pad: int | None = None
    """So many bytes of filler: where ``{pad}`` stands, else as a member of the JSON object in ``data``, else, without
    data, as a comment."""
    times: int = 1
    """How often it is sent."""
    every_s: float = 0.0
    """The pause before each."""

    def __post_init__(self) -> None:
        super().__post_init__()
        given = {name: value for name in (*_FIELDS, *_WHOLE) if (value := getattr(self, name)) is not None}
        check_times(self.times)
        if self.every_s < 0:
            raise ValueError("every_s can't be negative")
        if self.pad is not None:
            check_padding(self.pad)
            if max(1, sum(map(pads_in, given.values()))) * self.times * self.pad > MOST_BYTES:
                raise ValueError(f"pad makes more than {MOST_BYTES >> 20} MiB of these events: make it smaller")
        elif any(map(pads_in, given.values())):
            raise ValueError("pad is missing: {pad} stands for so many bytes of filler")
        if not given and self.pad is None:
            raise ValueError("give at least one of data, event, id, retry, comment, raw, raw_hex, pad")
        whole = next((name for name in _WHOLE if name in given), None)
        if whole and len(given) > 1:
            other = next(name for name in given if name != whole)
            raise ValueError(f"{other} can't be beside {whole}, the whole block as it is sent: leave one out")
        if self.raw == "":
            raise ValueError("raw must have at least one byte")
        if self.raw_hex is not None and not _HEX.fullmatch(self.raw_hex):
            raise ValueError("raw_hex must be bytes of two hex digits, as in ff 0a 0a")
        for name in ("event", "id", "retry"):
            if LINE_END.search(given.get(name, "")):
                raise ValueError(f"{name} holds the end of a line, which ends the field: use raw")
        for name, value in given.items():
            check_text(name, value)
        if self.pad is not None and not any(map(pads_in, given.values())):
            self._check_place_for_pad()
        # Only comments are nothing to a client that does everything right; an instance overrides its class.
        object.__setattr__(self, "shaping", set(given) <= {"comment"})

    def _check_place_for_pad(self) -> None:
        if self.raw is not None:
            raise ValueError("pad has no place: write {pad} where the filler is to stand in raw")
        if self.raw_hex is not None:
            raise ValueError("pad has no place: raw_hex is sent as it is")
        if self.data is not None and not _is_object(self.data):
            raise ValueError("pad has no place: data must be a JSON object, or have {pad} where it is to stand")

    @property
    def events_written(self) -> str:
        """See Fault."""
        if self.raw_hex is not None:
            return bytes.fromhex(self.raw_hex).decode(errors="replace")
        if self.raw is not None or not self.data:
            return self.raw or ""
        name = f"event: {self.event}\n" if self.event else ""
        return name + "".join(f"data: {line}\n" for line in self.data.split("\n")) + "\n"

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Put the frames at the position."""
        frames = frames_of(answer)
        at = self.frame_index(frames)
        frame = self._frame(frames, ctx)
        after = (*frames[:at], *(frame,) * self.times, *frames[at:])
        after = after if at else mark_first(after, self.times)
        if not is_finished(frame.data):
            after = unfinished(after, at + self.times - 1)
        return with_frames(answer, after)

    def on_the_wire(self, answer: Answer, ctx: Context) -> LateEvents:
        """Put them in at the moment."""
        frames = frames_of(answer)
        frame = self._frame(frames, ctx)
        if not is_finished(frame.data):
            raise Impossible("raw does not end its event, and at a moment any other may come next: use after_token")
        with_frames(answer, (*frames, *(frame,) * self.times))  # is not too large
        return LateEvents(place=self, answer=answer, events=(frame,) * self.times, ends=False)

    def _frame(self, frames: tuple[Frame, ...], ctx: Context) -> Frame:
        data = self._block(frames, ctx)
        tokens = tokens_in(self.raw or self.data or "")
        token = tokens[0] if len(tokens) == 1 else None
        return Frame(data, _role(data, bool(tokens), frames), token, self.every_s, self.name)

    def _block(self, frames: tuple[Frame, ...], ctx: Context) -> bytes:
        pad = self.pad or 0
        if self.raw_hex is not None:
            return bytes.fromhex(self.raw_hex)
        if self.raw is not None:
            return filled(self.raw, ctx.served, setting="raw", pad=pad, verbatim=True).encode()
        given = {name: value for name in _FIELDS if (value := getattr(self, name)) is not None}
        if pad and not any(map(pads_in, given.values())):
            if "data" in given:
                given["data"] = _padded(given["data"])
            else:
                given["comment"] = given.get("comment", "") + "{pad}"
        line_end = line_end_of(frames)
        lines: list[Line] = []
        for name in _FIELDS:
            if name in given:
                value = filled(given[name], ctx.served, setting=name, pad=pad)
                lines += field("" if name == "comment" else name, value, line_end)
        return written(b"", [*lines, Line(b"", line_end)])


def _is_object(data: str) -> bool:
    """Tell whether a text is a JSON object, whatever its placeholders stand for."""
    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


def _padded(data: str) -> str:
    """Return the JSON object with filler as its last member."""
    body = data.rstrip().removesuffix("}").rstrip()
    return f'{body}{"" if body.endswith("{") else ","}"pad":"{{pad}}"}}'


def _role(data: bytes, has_tokens: bool, frames: tuple[Frame, ...]) -> Role:
    """Tell what a block is for: what says the same as one of the answer's own is for the same."""
    text = payload(data)
    if has_tokens:
        return Role.DELTA
    if text is None:
        return Role.PING
    told = ((event_name(frame.data), payload(frame.data), frame.role) for frame in frames)
    mine = event_name(data), text
    return next((role for name, other, role in told if (name, other) == mine and role is not Role.DELTA), Role.EXTRA)
