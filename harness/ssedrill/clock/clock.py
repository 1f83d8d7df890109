"""The clock that a run lives on, as an argument."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from ssedrill.clock.consumption import Consumption
from ssedrill.clock.fate import Fate

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time of a run and hosts clients on it.

    One clock object serves one run. The server's coroutines run on :meth:`run`'s loop and read ``loop.time()``;
    clients are hosted by :meth:`in_loop`, :meth:`in_thread` or as programs, as this clock can reach them.
    """

    name: str  # "real" | "virtual"

    def run(
        self, main: Callable[[], Coroutine[Any, Any, T]], *, module: str = "", although_tainted: bool = False
    ) -> Fate[T]:
        """Make an event loop, run ``main()`` on it to its end, close it, and say what became of the run.

        Called from any thread. What ``main`` raises comes out.

        ``module`` is the module of this process that the client is from; empty if it is from none. If an earlier run
        has ended threads that the module counts on, the run is not begun, unless it is to be done
        ``although_tainted``.
        """

    def now(self) -> float:
        """Return the monotonic time of this run's clock in seconds; from any thread."""

    def epoch(self) -> float:
        """Return the wall-clock time in seconds since 1970 as clients on this clock see it."""

    def task_traces(self) -> list[str]:
        """Say what everybody on this clock waits for, as far as it knows; empty if it can't tell."""

    def hurry(self) -> None:
        """Take note that the run is to end now: who holds it up need not be waited for. From any thread."""

    def consumption(self, real: Consumption) -> Consumption:
        """Return how a server on this clock finds out what a client has read; ``real`` is how in real time."""

    @property
    def connects(self) -> Callable[[int], int] | None:
        """What counts how often the programs of this run have connected to a port; None if this clock can't tell."""

    @property
    def outside_lag_s(self) -> float:
        """How long it may take until a program hears what it is told, and is heard; nothing, if time waits for it."""

    async def in_loop(self, client: Callable[[], Awaitable[None]]) -> None:
        """Run an async client to its end; cancelling cancels the client. Its exceptions come out.

        Raises Spinning if the client keeps running without letting time pass.
        """

    async def in_thread(self, client: Callable[[], None]) -> None:
        """Run a blocking client in a thread of its own; cancelling abandons it. Raises as :meth:`in_loop`."""

    async def start_program(self, argv: list[str], env: dict[str, str], **pipes: Any) -> asyncio.subprocess.Process:
        """Start a program in a process group of its own, on this clock if that can be done.

        Raises OSError if it does not start. What else is raised tells :meth:`run` what becomes of the run.
        """
