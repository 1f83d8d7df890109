"""Leave out the event that says that the answer is complete."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.frames.body import end_early
from ssedrill_faults.plan import Answer, Role


@dataclass(frozen=True, kw_only=True)
class DropTerminalFault(AnswerFault):
    """Send every token but not the terminal event, and end the body properly."""

    name = "drop_terminal"

    stop: bool = False
    """Whether the dialect's other closing events are left out as well."""

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Remove the closing frames."""
        gone = {Role.TERMINAL, Role.STOP} if self.stop else {Role.TERMINAL}
        if all(frame.role is not Role.TERMINAL for frame in answer.frames):
            raise Impossible("the answer has no terminal event to leave out")
        return end_early(answer, tuple(frame for frame in answer.frames if frame.role not in gone), self.name)
