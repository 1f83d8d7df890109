"""What becomes of the failures of tasks and callbacks of a client that nobody asks about."""

from __future__ import annotations

import asyncio
from typing import Any

from ssedrill.clock.errors import Halt


def ignore_forgotten_tasks(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Handle what asyncio reports on a loop that clients live on: their forgotten tasks are not our user's business.

    Nor is it that a callback was ended by its clock, which the run says itself. Anything else is told as always: it
    may be a defect of ours.
    """
    if "task" not in context and "future" not in context and not isinstance(context.get("exception"), Halt):
        loop.default_exception_handler(context)
