"""All threads of one run, and how each of them waits."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from ssedrill.clock.engine.loop import VirtualLoop
from ssedrill.clock.engine.watchdog import Guard
from ssedrill.clock.errors import Halt
from ssedrill.clock.python import blocking, times
from ssedrill.clock.python import escapes as outside
from ssedrill.clock.python.overrides import PATCHES
from ssedrill.clock.python.turn_lock import BatonLock, with_timeout
from ssedrill.clock.python.turns import Arm, Baton


class Crew:
    """Makes the threads of one run, and what each of its threads is shown."""

    def __init__(
        self,
        loop: VirtualLoop,
        guard: Guard,
        source: times.Source,
        chance: dict[str, Callable[..., Any]],
        lost: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._guard = guard
        self._source = source
        self._chance = chance
        self._lost = lost  # told where the loop's own thread is, if it is that one which does not come back
        self.maimed = False
        """Whether threads that the client has made, or that may hold its locks, were ended before their time."""
        self._batons: set[Baton] = set()
        self._by_thread: weakref.WeakKeyDictionary[threading.Thread, Baton] = weakref.WeakKeyDictionary()

    def loop_stand(self) -> dict[str, Any]:
        """Return what the loop's own thread is shown: while it waits, nobody runs."""
        return self._stand(_LoopMeans(self), self._loop.advance)

    def start(self, func: Callable[[], Any]) -> Baton:
        """Run a blocking function in a thread of its own; its first turn is over when this returns."""
        baton = Baton(self._loop, self._guard, self._batons)
        baton.start(func, self._stand(_BatonMeans(self, baton), baton.sleep))
        return baton

    def execute(self, func: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run a blocking function and return a future of its result, as the loop's executor."""
        return self.start(func).done

    def halt(self) -> None:
        """End every thread that is left, those too on which the client's module may count in its next run."""
        logging.getLogger("concurrent.futures").addFilter(_news)
        if any(not baton.over for baton in self._by_thread.values()):
            self.maimed = True
        for baton in sorted(self._batons, key=lambda baton: baton.ident):
            baton.halt()

    def lose(self, where: str) -> None:
        """Give up the thread that has the baton and does not give it back; from the watchdog."""
        self.maimed = True
        if not self._guard.spun:
            self._guard.outside = f"the client waits outside virtual time, in {where}"
        holders = [baton for baton in list(self._batons) if baton.ident == self._guard.runner]
        for baton in holders:
            baton.lose(where)
        if not holders:
            self._lost(where)

    def adopt(self, thread: threading.Thread, start: Callable[[], None]) -> None:
        """Start a thread that a client has made as one of the crew."""
        baton = Baton(self._loop, self._guard, self._batons)
        self._by_thread[thread] = baton
        baton.adopt(thread, start, self._stand(_BatonMeans(self, baton), baton.sleep))

    def baton_of(self, thread: threading.Thread) -> Baton | None:
        """Return the baton of a thread that was adopted."""
        return self._by_thread.get(thread)

    def block_loop(self, arm: Arm, timeout: float | None) -> bool:
        """Wait in the loop's thread: what was armed can't come, as nobody runs. Raises Halt, but for a mere look."""
        if timeout is None or timeout > 0:
            self._guard.leave("the client blocks the event loop that it shares with everybody")
        self._guard.read()
        return False

    def nap(self, seconds: float) -> None:
        """Wait in the loop's thread for nothing but time."""
        self._guard.read()
        self._loop.advance(seconds)

    def new_lock(self, call: Callable[[Arm, float | None], bool]) -> BatonLock:
        """Return a lock for one wait of the calling thread."""
        return BatonLock(self._loop, call)

    def call(self, baton: Baton) -> Callable[[Arm, float | None], bool]:
        """Return how a thread with a baton waits for something armed."""
        return lambda arm, timeout: baton.call(with_timeout(self._loop, arm, timeout))

    def _stand(self, means: blocking.Means, sleep: Callable[[float], None]) -> dict[str, Any]:
        shown = times.stand(self._source, self._guard, sleep, PATCHES.original)
        return {**shown, **self._chance, **blocking.stand(means), **outside.stand(self._guard)}


class _BatonMeans:
    """How a thread with a baton waits."""

    def __init__(self, crew: Crew, baton: Baton) -> None:
        self._crew = crew
        self._baton = baton

    def wait(self, files: Iterable[tuple[int, int]], timeout: float | None) -> bool:
        return self._baton.wait(files, timeout)

    def lock(self) -> BatonLock:
        return self._crew.new_lock(self._crew.call(self._baton))

    def adopt(self, thread: threading.Thread, start: Callable[[], None]) -> None:
        self._crew.adopt(thread, start)

    def join(self, thread: threading.Thread, timeout: float | None) -> bool:
        other = self._crew.baton_of(thread)
        return other is None or self._baton.join(other, timeout)


class _LoopMeans:
    """How the loop's own thread waits: for nothing but time, as nobody else runs meanwhile."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    def wait(self, files: Iterable[tuple[int, int]], timeout: float | None) -> bool:
        wanted = list(files)
        if wanted or timeout is None:
            self._crew.block_loop(_never, timeout)
        else:
            self._crew.nap(timeout)
        return bool(blocking.ready(wanted))

    def lock(self) -> BatonLock:
        return self._crew.new_lock(self._crew.block_loop)

    def adopt(self, thread: threading.Thread, start: Callable[[], None]) -> None:
        self._crew.adopt(thread, start)

    def join(self, thread: threading.Thread, timeout: float | None) -> bool:
        other = self._crew.baton_of(thread)
        return other is None or other.over or self._crew.block_loop(_never, timeout)


def _news(said: logging.LogRecord) -> bool:
    """Tell whether a line of a log is worth showing: that a pool's thread was ended with the run is not."""
    return not (said.exc_info and said.exc_info[0] is Halt)


def _never(finish: Callable[[bool], None]) -> Callable[[], None]:
    return lambda: None
