"""The clock on the wall: any client, anywhere, in its own time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from ssedrill.clock.real.client_thread import HostThread

T = TypeVar("T")

CANCEL_GRACE_S = 1.0
"""How long a cancelled client may take to end before its thread is abandoned."""
BLOCKING_GRACE_S = 0.25
"""The same for a blocking client, which has no way of being cancelled but may be at its end anyway."""


class RealClock:
    """Real time. Clients live in threads of their own, so that one that blocks can't block the server."""

    name = "real"

    def run(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Make an event loop, run ``main()`` on it to its end, and close it."""
        with asyncio.Runner() as runner:
            return runner.run(main())

    def now(self) -> float:
        """Return the monotonic time in seconds."""
        return time.monotonic()

    def epoch(self) -> float:
        """Return the seconds since 1970."""
        return time.time()

    def waiting(self) -> list[str]:
        """Nobody can tell: clients are in threads and programs of their own."""
        return []

    def hurry(self) -> None:
        """Nobody can hold this clock up."""

    async def in_loop(self, client: Callable[[], Awaitable[None]]) -> None:
        """Run an async client on an event loop and in a thread of its own.

        Cancelling cancels the client, waits for its end for up to CANCEL_GRACE_S, and then abandons the thread. An
        abandoned thread is made to raise as soon as it runs Python again; until then it is a daemon.
        """
        await HostThread().run_async(client, CANCEL_GRACE_S)

    async def in_thread(self, client: Callable[[], None]) -> None:
        """Run a blocking client in a thread of its own; cancelling abandons it after BLOCKING_GRACE_S."""
        await HostThread().run_blocking(client, BLOCKING_GRACE_S)

    async def start_program(self, argv: list[str], env: dict[str, str], **pipes: Any) -> asyncio.subprocess.Process:
        """Start a program in a process group (and session) of its own."""
        return await asyncio.create_subprocess_exec(*argv, env=env, start_new_session=True, **pipes)
