"""Send headers behind the body."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.answer.header_fields import check_free, check_headers
from ssedrill_faults.chunked_only import needs_chunks
from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.plan import Answer, Framing

_NEVER = frozenset({"authorization", "cache-control", "content-type", "host", "location", "set-cookie", "te"})
"""What a client needs before the body, or would take as said for the whole (RFC 9110, 6.5.1)."""


@dataclass(frozen=True, kw_only=True)
class TrailersFault(AnswerFault):
    """Send trailers, which are headers behind the last chunk; the head announces them."""

    name = "trailers"
    shaping = True

    set: dict[str, str]
    """The headers behind the body, by their names."""

    def __post_init__(self) -> None:
        if not self.set:
            raise ValueError("set must have at least one trailer")
        check_headers("set", self.set)
        check_free("set", self.set)
        if wrong := [name for name in self.set if name.lower() in _NEVER]:
            raise ValueError(f"set can't have {wrong[0]}, which HTTP allows ahead of the body only: use another name")

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Put them behind the last chunk."""
        if answer.framing is not Framing.CHUNKED:
            raise needs_chunks("set")
        if answer.open_fault is not None:
            raise Impossible(f"set needs a body that ends, and {answer.open_fault} lets it have no end")
        trailers = (*answer.trailers, *self.set.items())
        return replace(answer, trailers=trailers, trailers_fault=self.name)
