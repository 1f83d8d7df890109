"""Change an event of the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.blocks import (
    LINE_END,
    frames_of,
    is_finished,
    json_of,
    payload,
    unfinished,
    with_field,
    with_payload,
)
from ssedrill_faults.frames.counted import MOST_BYTES, bounded, marked, next_events, with_frames
from ssedrill_faults.frames.json_paths import NoSuchPlace, check_path, put, take
from ssedrill_faults.frames.placeholders import carries, check_padding, check_text, filled, filler, tokens_in
from ssedrill_faults.plan import Answer, Frame, Role
from ssedrill_faults.position import Position

_MISSING = object()


@dataclass(frozen=True, kw_only=True)
class EditEventFault(Position, AnswerFault):
    """Change the next event after a position, or several: in its JSON, in its fields, or in its text.

    Pings are passed over. The changes are made in the order of the settings. ``{token:13}`` and ``{generation}`` may
    stand in what is put in and, in ``replace``, in what is looked for. If the text of the event's token is gone then,
    the token counts as spoiled; its slot stays.
    """

    name = "edit_event"
    rewrites_text = True

    set: dict[str, Any] = field(default_factory=dict)
    """Values in the JSON by their paths, such as ``delta.text`` or ``choices.0.delta``; the last key may be new."""
    null: tuple[str, ...] = ()
    """Paths at which null is to stand, which TOML can't write."""
    remove: tuple[str, ...] = ()
    """Paths of what goes."""
    pad: int | None = None
    """So many bytes of filler, as another member of the JSON, which no client looks at."""
    event: str | None = None
    """The name of the event in place of its own."""
    id: str | None = None
    """The id in place of its own."""
    without: tuple[Literal["event", "id", "data", "retry"], ...] = ()
    """Fields whose lines go."""
    replace: dict[str, str] = field(default_factory=dict)
    """Texts in place of others, wherever they stand in the lines of the event."""
    count: int = 1
    """How many events are changed, one after the other."""
    every: bool = False
    """Whether all events from the position on are, as far as they have what is to be changed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pad is not None:
            check_padding(self.pad)
        if not (self._in_json or self.event is not None or self.id is not None or self.without or self.replace):
            raise ValueError("give at least one of set, null, remove, pad, event, id, without, replace")
        if self.count < 1:
            raise ValueError("count must be at least 1")
        if self.every and self.count != 1:
            raise ValueError("count means nothing beside every = true: leave one out")
        for setting, paths in (("set", self.set), ("null", self.null), ("remove", self.remove)):
            for path in paths:
                check_path(setting, path)
        _check_json(self.set)
        for name in ("event", "id"):
            if (value := getattr(self, name)) is not None:
                if LINE_END.search(value):
                    raise ValueError(f"{name} holds the end of a line, which ends the field: use replace")
                if name in self.without:
                    raise ValueError(f"{name} is set and in without: leave one out")
                check_text(name, value)
        if "" in self.replace:
            raise ValueError("replace looks for an empty text: say what is to be replaced")
        for text in (*self.replace, *self.replace.values()):
            check_text("replace", text)

    @property
    def _in_json(self) -> bool:
        return bool(self.set or self.null or self.remove or self.pad)

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Change the frames, and count their tokens anew."""
        frames = list(frames_of(answer))
        at = self.frame_index(frames)
        many = self.every or self.count > 1
        if self.every:
            chosen = [i for i in range(at, len(frames)) if frames[i].role is not Role.PING]
        else:
            chosen = next_events(frames, at, self.count)
        size = sum(len(frame.data) for frame in frames)
        if self.pad and not (self.every and (self.set or self.null or self.remove)):
            bounded(size + self.pad * sum(isinstance(json_of(frames[i].data), dict) for i in chosen))
        why = "no event comes after this position"
        changed = 0
        for i in chosen:
            try:
                data = self._edited(frames[i].data, ctx)
            except Impossible as problem:
                if not many:
                    raise
                why = str(problem)
                continue
            if data == frames[i].data:
                why = "nothing of the event is changed by this: it says so already"
                continue
            changed += 1
            size += len(data) - len(frames[i].data)
            bounded(size)
            frames[i] = marked(self._counted(replace(frames[i], data=data), ctx), self.name, ctx)
            if not is_finished(data):
                frames = list(unfinished(frames, i))
        if not changed:
            raise Impossible(why)
        return with_frames(answer, frames)

    def _edited(self, data: bytes, ctx: Context) -> bytes:
        if self._in_json:
            data = with_payload(data, self._edited_json(json_of(data), ctx))
        for name in ("event", "id"):
            if (value := getattr(self, name)) is not None:
                data = with_field(data, name, filled(value, ctx.served, setting=name))
        for name in self.without:
            data = with_field(data, name, None)
        text = data.decode("utf-8", "surrogateescape")
        for old, new in self.replace.items():
            looked_for, put_in = (filled(one, ctx.served, setting="replace") for one in (old, new))
            if not (times := text.count(looked_for)):
                raise Impossible(f"replace finds no {old[:60]!r} in the event")
            bounded(len(text) + times * len(put_in))
            text = text.replace(looked_for, put_in)
        if not text:
            raise Impossible("replace leaves nothing of the event: use drop_event")
        return text.encode("utf-8", "surrogateescape")

    def _edited_json(self, value: Any, ctx: Context) -> str:
        first = next(name for name in ("set", "null", "remove", "pad") if getattr(self, name))
        if not isinstance(value, dict):
            raise Impossible(f"{first} finds no JSON object in the event")
        for setting, path, new in self._steps():
            try:
                if new is _MISSING:
                    take(value, path)
                else:
                    put(value, path, _filled_in(new, ctx))
            except NoSuchPlace:
                raise Impossible(f"{setting} finds no {path[:60]!r} in the event") from None
        if self.pad is not None:
            value["pad"] = filler(self.pad)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def _steps(self) -> list[tuple[str, str, Any]]:
        return [
            *(("set", path, new) for path, new in self.set.items()),
            *(("null", path, None) for path in self.null),
            *(("remove", path, _MISSING) for path in self.remove),
        ]

    def _counted(self, frame: Frame, ctx: Context) -> Frame:
        """Return the frame with the token that it carries now, and those that it had before as spoiled."""
        data = (payload(frame.data) or "").encode()
        if frame.token is not None and carries(data, ctx.served.text_of(frame.token)):
            return frame
        written = json.dumps([self.set, list(self.replace.values())], ensure_ascii=False)
        there = {n for n in tokens_in(written) if carries(data, ctx.served.text_of(n))}
        token = there.pop() if len(there) == 1 else None
        lost = frame.token_slots
        return replace(frame, token=token, spoiled=tuple(one for one in lost if one != token))


def _check_json(values: Mapping[str, Any]) -> None:
    try:
        text = json.dumps(values, allow_nan=False)
    except ValueError:
        raise ValueError("set has a number that JSON has not: no inf and no nan") from None
    if len(text) > MOST_BYTES:
        raise ValueError(f"set has more than {MOST_BYTES >> 20} MiB: make it smaller")
    check_text("set", text)


def _filled_in(value: Any, ctx: Context) -> Any:
    """Return the value with the placeholders in all of its texts filled in."""
    if isinstance(value, str):
        return filled(value, ctx.served, setting="set", verbatim=True)
    if isinstance(value, dict):
        return {key: _filled_in(item, ctx) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled_in(item, ctx) for item in value]
    return value
