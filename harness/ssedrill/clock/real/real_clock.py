"""The clock on the wall: any client, anywhere, in its own time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from ssedrill.clock.consumption import Consumption
from ssedrill.clock.fate import Done, Fate
from ssedrill.clock.real.client_thread import ClientThread
from ssedrill.clock.reuse import note_left, why_not_again

T = TypeVar("T")

CANCEL_GRACE_S = 1.0
"""How long a cancelled client may take to end before its thread is abandoned."""
BLOCKING_GRACE_S = 0.25
"""The same for a blocking client, which has no way of being cancelled but may be at its end anyway."""


class RealClock:
    """Real time. Clients live in threads of their own, so that one that blocks can't block the server."""

    name = "real"
    outside_lag_s = 0.25
    connects = None
    """The kernel counts for the whole machine only."""

    def run(
        self, main: Callable[[], Coroutine[Any, Any, T]], *, module: str = "", although_tainted: bool = False
    ) -> Fate[T]:
        """See Clock: any client can be run in real time, unless this process's copy of it is broken."""
        if not although_tainted and (refused := why_not_again(module, virtual=False)):
            return refused
        before = set(threading.enumerate())
        try:
            with asyncio.Runner() as runner:
                return Done(runner.run(main()))
        finally:
            note_left(module, before)

    def now(self) -> float:
        """Return the monotonic time in seconds."""
        return time.monotonic()

    def epoch(self) -> float:
        """Return the seconds since 1970."""
        return time.time()

    def task_traces(self) -> list[str]:
        """Nobody can tell: clients are in threads and programs of their own."""
        return []

    def hurry(self) -> None:
        """Nobody can hold this clock up."""

    def consumption(self, real: Consumption) -> Consumption:
        """The real one."""
        return real

    async def in_loop(self, client: Callable[[], Awaitable[None]]) -> None:
        """Run an async client on an event loop and in a thread of its own.

        Cancelling cancels the client, waits for its end for up to CANCEL_GRACE_S, and then abandons the thread. An
        abandoned thread is made to raise as soon as it runs Python again; until then it is a daemon.
        """
        await ClientThread().run_async(client, CANCEL_GRACE_S)

    async def in_thread(self, client: Callable[[], None]) -> None:
        """Run a blocking client in a thread of its own; cancelling abandons it after BLOCKING_GRACE_S."""
        await ClientThread().run_blocking(client, BLOCKING_GRACE_S)

    async def start_program(self, argv: list[str], env: dict[str, str], **pipes: Any) -> asyncio.subprocess.Process:
        """Start a program in a process group (and session) of its own."""
        return await asyncio.create_subprocess_exec(*argv, env=env, start_new_session=True, **pipes)
