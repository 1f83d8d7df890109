"""What becomes of the failures of tasks that a client has started and never asked about."""

from __future__ import annotations

import asyncio
from typing import Any


def ignore_forgotten_tasks(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Handle what asyncio reports on a loop that clients live on: their forgotten tasks are not our user's business.

    Anything else is told as always: it may be a defect of ours.
    """
    if "task" not in context and "future" not in context:
        loop.default_exception_handler(context)
