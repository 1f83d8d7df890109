"""Begin the stream with a byte order mark."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.blocks import frames_of, payload, spoilt
from ssedrill_faults.frames.counted import marked, touched, with_frames
from ssedrill_faults.frames.placeholders import carries
from ssedrill_faults.plan import Answer

MOST_MARKS = 8


@dataclass(frozen=True, kw_only=True)
class ByteOrderMarkFault(AnswerFault):
    """Begin the stream with a byte order mark, which a client has to skip, once.

    More than one break the first line: it is a field of a name that nobody knows.
    """

    name = "byte_order_mark"
    shaping_by = ("times",)
    rewrites_text = True
    shaping = True

    times: int = 1
    """How many marks stand there."""

    def __post_init__(self) -> None:
        if not 1 <= self.times <= MOST_MARKS:
            raise ValueError(f"times must be at least 1 and at most {MOST_MARKS}")
        # Only the first is skipped, so the instance overrides its class.
        object.__setattr__(self, "shaping", self.times == 1)

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Put the marks in front of the first event."""
        frames = frames_of(answer)
        if not frames:
            raise Impossible("the answer has no event to put a byte order mark in front of")
        first, *rest = frames
        if first.data.startswith(codecs.BOM_UTF8):
            raise Impossible("a byte order mark stands there already: use times to have more of them")
        first = replace(first, data=codecs.BOM_UTF8 * self.times + first.data)
        if self.shaping:
            return with_frames(answer, (touched(first, self.name), *rest))
        read = (payload(first.data) or "").encode()
        if first.token is not None and not carries(read, ctx.served.text_of(first.token)):
            first = spoilt(first)
        return with_frames(answer, (marked(first, self.name, ctx), *rest))
