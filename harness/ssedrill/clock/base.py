"""The clock that a run lives on, as an argument."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time of a run and hosts clients on it.

    One clock object serves one run. The server's coroutines run on :meth:`run`'s loop and read ``loop.time()``;
    clients are hosted by :meth:`in_loop`, :meth:`in_thread` or as programs, wherever this clock can reach them.
    """

    name: str  # "real" | "virtual"

    def run(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Make an event loop, run ``main()`` on it to its end, and close it. Called once, from any thread."""

    def now(self) -> float:
        """Return the monotonic time of this run's clock in seconds; from any thread."""

    def epoch(self) -> float:
        """Return the wall-clock time in seconds since 1970 as clients on this clock see it."""

    def waiting(self) -> list[str]:
        """Say what everybody on this clock waits for, as far as it knows; empty where it can't tell."""

    def hurry(self) -> None:
        """Take note that the run is to end now: who holds it up need not be waited for. From any thread."""

    async def in_loop(self, client: Callable[[], Awaitable[None]]) -> None:
        """Run an async client to its end; cancelling cancels the client. Its exceptions come out."""

    async def in_thread(self, client: Callable[[], None]) -> None:
        """Run a blocking client in a thread of its own; cancelling abandons it."""

    async def start_program(self, argv: list[str], env: dict[str, str], **pipes: Any) -> asyncio.subprocess.Process:
        """Start a program in a process group of its own, on this clock where it can be done."""
