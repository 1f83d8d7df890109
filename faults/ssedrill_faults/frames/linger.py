"""A complete answer whose body does not end."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.body import never_end
from ssedrill_faults.plan import Answer, Role


@dataclass(frozen=True, kw_only=True)
class LingerFault(AnswerFault):
    """Send everything up to the terminal event, but never end the body or close the connection.

    With Content-Length, the head promises one byte more than is sent.
    """

    name = "linger"
    ending = True

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Leave the body open."""
        if all(frame.role is not Role.TERMINAL for frame in answer.frames):
            raise Impossible("the answer has no terminal event to linger after")
        return never_end(answer, answer.frames, self.name)
