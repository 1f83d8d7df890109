"""Answer as a server of HTTP/1.0 does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.http1 import for_http_1_0
from ssedrill_faults.plan import Answer, Framing


@dataclass(frozen=True, kw_only=True)
class Http10Fault(AnswerFault):
    """Answer as an old server does: without chunks, and the body ends with the connection.

    That is HTTP/1.0. Who reads it can't tell a body that was cut off from one that has ended.
    """

    name = "http_1_0"
    shaping = True

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Change the version, and what it does not know."""
        in_chunks = answer.length or answer.transfer_encodings != ("chunked",)
        if answer.interim or answer.trailers or (in_chunks and answer.framing is Framing.CHUNKED):
            raise Impossible("an old server has no interim responses, chunks and trailers, which another fault sends")
        return replace(for_http_1_0(answer), http_1_0=True).with_head_of(self.name)
