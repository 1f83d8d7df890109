"""One virtual run from its first turn to the last thing that it leaves behind."""

from __future__ import annotations

import asyncio
import ctypes
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from ssedrill.clock.engine.loop import VirtualLoop

T = TypeVar("T")

LEAVE_S = 5.0
"""Virtual seconds that a cancelled client has for cleaning up."""
CANCELS = 3
"""How often a task that goes on is cancelled before it is abandoned."""
LAST_TURNS = 10
"""Turns of the loop that what has been woken gets before all is ended."""


def run_to_end(loop: VirtualLoop, main: Callable[[], Coroutine[Any, Any, T]], halt: Callable[[], None]) -> T:
    """Run ``main()`` on a loop, then end what it has left, threads by ``halt``, and close the loop."""
    asyncio.set_event_loop(loop)
    try:
        return loop.run_main(main())
    finally:
        if loop.progress.in_order:
            loop.run_until_complete(_last_turns())
        halt()
        try:
            loop.run_until_complete(_leave())
        finally:
            for task in asyncio.all_tasks(loop):
                task._log_destroy_pending = False  # type: ignore[attr-defined]  # nobody is to hear of it later
                # Closing the coroutine would run it, and one that swallows everything would never come back.
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(task.get_coro()))
            asyncio.set_event_loop(None)
            loop.close()


async def _last_turns() -> None:
    """Let threads end that have just been told to (anyio's, when the task ended that they worked for)."""
    for _ in range(LAST_TURNS):
        await asyncio.sleep(0)


async def _leave() -> None:
    """End what a run left behind. A task that swallows every cancellation is abandoned: it can't be waited for."""
    here = asyncio.current_task()
    for _ in range(CANCELS):
        left = [task for task in asyncio.all_tasks() if task is not here]
        if not left:
            break
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=LEAVE_S)
    with suppress(TimeoutError):
        async with asyncio.timeout(LEAVE_S):
            await asyncio.get_running_loop().shutdown_asyncgens()
