"""Say something wrong about the length of the body."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ssedrill_faults.chunked_only import needs_chunks
from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.http1 import BODILESS
from ssedrill_faults.plan import Answer, Framing, Length, Persistence


@dataclass(frozen=True, kw_only=True)
class ContentLengthFault(AnswerFault):
    """Frame the answer by a length that is too long or too short, said twice, or said beside chunks.

    It takes effect where the length comes to bear: where a body ends too early for it, or goes on behind it; said
    twice or beside chunks, in the head.
    """

    name = "content_length"

    off: int = 0
    """So many bytes more (or, below zero, fewer) than the body has."""
    again: int | None = None
    """The header is there twice, and the second time it is off by so many bytes: 0 says the same as a right one."""
    chunked: bool = False
    """The body is chunked all the same, and both headers are sent."""
    then: Literal["close", "stay"] | None = None
    """Whether the connection closes behind the answer or stays; left out: as the stream has it."""

    def __post_init__(self) -> None:
        if not self.off and self.again is None and not self.chunked:
            raise ValueError("off is zero, so that the length is right: give off, again or chunked")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Frame the answer so."""
        size = sum(len(frame.data) for frame in answer.frames)
        for setting, off in (("off", self.off), ("again", self.again or 0)):
            if size + off < 0:
                raise Impossible(f"{setting} = {off}, but the body has only {size} bytes")
        if answer.length is not None or answer.open_fault is not None:
            raise Impossible(f"off: {answer.open_fault or self.name} decides on the length already; keep one of them")
        if not self.chunked and answer.transfer_encodings != ("chunked",):
            raise Impossible("off has the length in place of chunks, of which transfer_encoding says something")
        if answer.status in BODILESS:
            raise Impossible(f"off is of a body, and an answer of status {answer.status} has none")
        if self.chunked and (answer.framing is not Framing.CHUNKED or answer.http_1_0):
            raise needs_chunks("chunked")
        framing = Framing.CHUNKED if self.chunked else Framing.LENGTH
        in_head = self.chunked or self.again is not None
        length = Length(self.off, self.again, None if in_head else self.name)
        persistence = answer.persistence
        if self.then is not None:
            stays = self.then == "stay" and not answer.to_http_1_0  # which knows no connection that stays
            persistence = Persistence.KEEP_ALIVE if stays else Persistence.CLOSE
        framed = replace(answer, framing=framing, length=length, persistence=persistence)
        return framed.with_head_of(self.name) if in_head else framed
