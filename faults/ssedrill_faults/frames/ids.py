"""Give the events ids, other ids, or none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ssedrill_faults.fault import AnswerFault, Context, Impossible, NotInDialect
from ssedrill_faults.frames.blocks import Line, frames_of, payload, read, with_field, written
from ssedrill_faults.frames.counted import marked, touched, with_frames
from ssedrill_faults.plan import Answer
from ssedrill_faults.position import FromHere

_ADDED = ("number", "same", "empty")


@dataclass(frozen=True, kw_only=True)
class IdsFault(FromHere, AnswerFault):
    """Give the events from a position on ids, other ids than theirs, or none.

    A client need not notice ids in a stream that has none of its own, an id with NUL in it, which it has to ignore,
    or one that stands in its event twice. The other forms take the cursor away from one that resumes.
    """

    name = "ids"
    shaping_by = ("form", "replace")
    shaping = True

    form: Literal["number", "same", "empty", "none", "nul", "repeat"]
    """1, 2, 3 and so on; the same for all; empty; none at all; one with NUL beside the event's own; its own twice."""
    replace: bool = False
    """Whether events that have ids get these in place of theirs."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.replace and self.form not in _ADDED:
            raise ValueError(f'replace means nothing with form = "{self.form}": leave it out')
        # Whether a client has to notice depends on the settings, so the instance overrides its class.
        object.__setattr__(self, "shaping", not self.replace and self.form != "none")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Rewrite the id lines of all frames that are events."""
        frames = list(frames_of(answer))
        has_ids = any(frame.fault is None and _ids(frame.data) for frame in frames)
        if self.form in _ADDED and not self.replace and has_ids:
            raise NotInDialect("form: these events have ids of their own; say replace = true to send others")
        if self.form in ("none", "repeat") and not has_ids:
            raise NotInDialect(f'form = "{self.form}" is about ids that the events have, and these have none')
        number = 0
        for i in range(self.frame_index(frames), len(frames)):
            frame = frames[i]
            if payload(frame.data) is None:
                continue
            number += 1
            data = self._with_id(frame.data, number)
            if data != frame.data:
                changed = replace(frame, data=data)
                frames[i] = touched(changed, self.name) if self.shaping else marked(changed, self.name, ctx)
        if tuple(frames) == answer.frames:
            raise Impossible("no event comes after this position whose id could be another")
        return with_frames(answer, frames)

    def _with_id(self, data: bytes, number: int) -> bytes:
        match self.form:
            case "number":
                return with_field(data, "id", str(number))
            case "same":
                return with_field(data, "id", "1")
            case "empty":
                return with_field(data, "id", "")
            case "none":
                return with_field(data, "id", None)
            case "nul" | "repeat":
                mark, lines = read(data)
                at = max((i + 1 for i, line in enumerate(lines) if line.name == b"id"), default=0)
                if self.form == "nul":
                    return written(mark, [*lines[:at], Line(b"id: %d\0" % number, lines[0].end), *lines[at:]])
                return written(mark, [*lines[:at], *lines[max(at - 1, 0) :]])


def _ids(data: bytes) -> list[bytes]:
    return [line.value for line in read(data)[1] if line.name == b"id"]
