"""Damage the JSON of one event, with its SSE framing intact."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from ssedrill_faults.fault import AnswerFault, Context, Impossible, NotInDialect
from ssedrill_faults.plan import Answer, Frame, Role
from ssedrill_faults.position import Position

_DATA = re.compile(rb"^data:[ ]?([^\r\n]*)", re.MULTILINE)

NOT_JSON = "upstream failed: 502 Bad Gateway"


@dataclass(frozen=True, kw_only=True)
class MalformedJsonFault(Position, AnswerFault):
    """Spoil the JSON of the first token's event after a position, once.

    The spoiled event counts as carrying no token: its text may still be readable, but nobody may rely on it. Its
    slot stays: "after token 12" is behind the event of token 12, spoiled or not.
    """

    name = "malformed_json"

    kind: Literal["truncated", "two-objects", "not-json", "wrong-types"] = "truncated"
    """Cut in half; joined with the next token's object in one data line (whose own event is then not sent); a
    proxy's error text; or valid JSON in which values have the wrong type."""

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Rewrite the data line of the frame."""
        at = self.frame_index(answer.frames)
        deltas = [i for i, frame in enumerate(answer.frames) if i >= at and frame.role is Role.DELTA]
        if not deltas:
            raise Impossible("no token comes after this position whose JSON could be spoiled")
        victim, frames = deltas[0], list(answer.frames)
        text, parsed = _payload(frames[victim])
        spoiled = frames[victim].token_slots
        match self.kind:
            case "truncated":
                text = text[: len(text) // 2]
            case "two-objects":
                if len(deltas) < 2:
                    raise Impossible("two-objects joins two tokens, but only one comes after this position")
                second = frames.pop(deltas[1])
                text += _payload(second)[0]
                spoiled += second.token_slots
            case "not-json":
                text = NOT_JSON
            case "wrong-types":
                text = json.dumps(_wrong_types(parsed), ensure_ascii=False, separators=(",", ":"))
        changed = _with_data(frames[victim], text)
        frames[victim] = replace(changed, token=None, spoiled=spoiled, fault=self.name)
        return replace(answer, frames=tuple(frames))


def _payload(frame: Frame) -> tuple[str, dict[str, Any]]:
    if frame.spoiled:
        tokens = " and ".join(map(str, frame.spoiled))
        raise Impossible(f"the event of token {tokens} is spoiled already: choose another place")
    text = b"\n".join(line[1] for line in _DATA.finditer(frame.data)).decode()
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise NotInDialect("this dialect's events carry no JSON objects that could be spoiled")
    return text, parsed


def _with_data(frame: Frame, text: str) -> Frame:
    lines = list(_DATA.finditer(frame.data))
    start, end = lines[0].start(), lines[-1].end()
    return replace(frame, data=frame.data[:start] + b"data: " + text.encode() + frame.data[end:])


def _wrong_types(parsed: dict[str, Any]) -> dict[str, Any]:
    """Put a number in place of each object and list; if there is none, in place of each string."""
    kinds = (dict, list) if any(isinstance(value, (dict, list)) for value in parsed.values()) else (str,)
    return {key: 0 if isinstance(value, kinds) else value for key, value in parsed.items()}
