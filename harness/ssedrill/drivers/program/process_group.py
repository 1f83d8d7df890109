"""A program in a process group of its own, and how to be sure that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress

from ssedrill.drivers.program.pipe import Pipe

TERM_GRACE_S = 2.0
KILL_GRACE_S = 5.0
PIPE_GRACE_S = 1.0


async def end_group(process: asyncio.subprocess.Process, *pipes: Pipe) -> bool:
    """Terminate what still runs, kill what ignores it, and read the pipes to their end.

    Returns whether all of them came to their end: False says that something which the program started has left its
    process group and still holds its output.
    """
    if process.returncode is None:
        send(process.pid, signal.SIGTERM)
        await _wait(process, TERM_GRACE_S)
    send(process.pid, signal.SIGKILL)  # the program itself, or what it has left behind
    if process.returncode is None:
        await _wait(process, KILL_GRACE_S)
    for pipe in pipes:
        pipe.drain()
    left = {pipe.ended for pipe in pipes if not pipe.ended.done()}
    if left:
        _, left = await asyncio.wait(left, timeout=PIPE_GRACE_S)
    return not left


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a whole process group, which may be gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


async def _wait(process: asyncio.subprocess.Process, timeout_s: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), timeout_s)
