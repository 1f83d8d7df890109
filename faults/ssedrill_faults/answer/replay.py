"""A server that does not go on where its client asks it to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.plan import Answer


@dataclass(frozen=True, kw_only=True)
class ReplayFault(AnswerFault):
    """Answer a request that goes on with an answer from another place than it asks for.

    It belongs into an attempt with ``when = { resume = true }``.
    """

    name = "replay"
    rewrites_text = True
    needs_resume = True

    ignore_cursor: Literal["same-text", "new-answer"] | None = None
    """Begin at the first token again: of the same answer, or of a new one."""
    repeat: int | None = None
    """Or: send so many tokens once more that the client has already."""
    skip: int | None = None
    """Or: leave out so many tokens that the client has not."""

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.ignore_cursor, self.repeat, self.skip)) != 1:
            raise ValueError("give exactly one of ignore_cursor, repeat, skip")
        for name in ("repeat", "skip"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1 token")

    def first_unsent(self, after: int, tokens: int) -> int | None:
        """Return the token after which the answer goes on if the client asks for what follows ``after``.

        None is a new answer; ``tokens`` is how many the whole answer has.
        """
        if self.ignore_cursor == "new-answer":
            return None
        if self.ignore_cursor is not None:
            return 0
        return max(0, after - self.repeat) if self.repeat is not None else min(tokens, after + (self.skip or 0))

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Mark the first token's event: there it shows."""
        if not answer.frames:
            raise Impossible("the answer has no events")
        at = next((i for i, frame in enumerate(answer.frames) if frame.token is not None), len(answer.frames) - 1)
        marked = replace(answer.frames[at], fault=self.name)
        return replace(answer, frames=(*answer.frames[:at], marked, *answer.frames[at + 1 :]))
