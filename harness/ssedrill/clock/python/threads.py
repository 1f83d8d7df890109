"""All threads of one run, and how each of them waits."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from ssedrill.clock.engine.loop import VirtualLoop
from ssedrill.clock.engine.progress import Progress
from ssedrill.clock.errors import Halt
from ssedrill.clock.python import patched, times
from ssedrill.clock.python.addresses import Addresses
from ssedrill.clock.python.arm import Arm, never, with_timeout
from ssedrill.clock.python.blocking_threads import JOIN
from ssedrill.clock.python.pools import RunPools
from ssedrill.clock.python.turn_lock import TurnLock
from ssedrill.clock.python.turns import TurnThread
from ssedrill.clock.python.wait_strategy import WaitStrategy, ready


class RunThreads:
    """Makes the threads of one run, and the overrides that each of its threads gets."""

    def __init__(
        self,
        loop: VirtualLoop,
        progress: Progress,
        source: times.Source,
        randomness: dict[str, Callable[..., Any]],
        loop_given_up: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._progress = progress
        self._source = source
        self._randomness = randomness
        self._loop_given_up = loop_given_up  # told where the loop's own thread is, if that one does not come back
        self.ended_early = False
        """Whether threads that the client has made, or that may hold its locks, were ended before their time."""
        self.addresses = Addresses(progress)
        self.pools = RunPools()
        self._alive: set[TurnThread] = set()
        self._adopted: weakref.WeakKeyDictionary[threading.Thread, TurnThread] = weakref.WeakKeyDictionary()

    def loop_overrides(self) -> dict[str, Any]:
        """Return what the loop's own thread gets: while it waits, nobody runs."""
        return self._overrides(_LoopWaits(self), self._loop.advance)

    def start(self, func: Callable[[], Any]) -> TurnThread:
        """Run a blocking function in a thread of its own; its first turn is over when this returns."""
        thread = TurnThread(self._loop, self._progress, self._alive)
        thread.start(func, self._overrides(_TurnWaits(self, thread), thread.sleep))
        return thread

    def execute(self, func: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run a blocking function and return a future of its result, as the loop's executor."""
        return self.start(func).done

    def halt(self) -> None:
        """End every thread that is left, those too on which the client's module may count in its next run."""
        logging.getLogger("concurrent.futures").addFilter(_is_news)
        if any(not turns.over and not self.pools.own(thread) for thread, turns in self._adopted.items()):
            self.ended_early = True
        for thread in sorted(self._alive, key=lambda thread: thread.ident):
            thread.halt()
        self.pools.leave()

    def give_up(self, where: str) -> None:
        """Go on without the thread whose turn it is and which does not yield; from the watchdog."""
        self.ended_early = self._progress.gave_up = True
        if not self._progress.spun:
            self._progress.escaped = f"the client waits outside virtual time, in {where}"
        at_fault = [thread for thread in list(self._alive) if thread.ident == self._progress.runner]
        for thread in at_fault:
            thread.give_up(where)
        if not at_fault:
            self._loop_given_up(where)

    def adopt(self, thread: threading.Thread, start: Callable[[], None]) -> None:
        """Start a thread that a client has made as one of the run's."""
        turns = self._adopted[thread] = TurnThread(self._loop, self._progress, self._alive)
        turns.adopt(thread, start, self._overrides(_TurnWaits(self, turns), turns.sleep))

    def see_off(self, thread: threading.Thread, turns: TurnThread | None) -> None:
        """Wait in real time until a thread that has had its last turn has ended."""
        if turns is not None:
            with self._progress.excused():
                JOIN(thread)

    def adopted(self, thread: threading.Thread) -> TurnThread | None:
        """Return the turns of a thread that was adopted, or None if it is none of the run's."""
        return self._adopted.get(thread)

    def block_loop(self, arm: Arm, timeout: float | None) -> bool:
        """Wait in the loop's thread: what was armed can't come, as nobody runs. Raises Halt, but for a mere look."""
        if timeout is None or timeout > 0:
            self._progress.escape("the client blocks the event loop that it shares with everybody")
        self._progress.read()
        return False

    def nap(self, seconds: float) -> None:
        """Wait in the loop's thread for nothing but time."""
        self._progress.read()
        self._loop.advance(seconds)

    def new_lock(self, call: Callable[[Arm, float | None], bool]) -> TurnLock:
        """Return a lock for one wait of the calling thread."""
        return TurnLock(self._loop, call)

    def call(self, thread: TurnThread) -> Callable[[Arm, float | None], bool]:
        """Return how a thread that takes turns waits for something armed."""
        return lambda arm, timeout: thread.call(with_timeout(self._loop, arm, timeout))

    def _overrides(self, strategy: WaitStrategy, sleep: Callable[[float], None]) -> dict[str, Any]:
        return patched.overrides(self._source, self._progress, sleep, strategy, self.addresses) | self._randomness


class _TurnWaits:
    """How a thread that takes turns waits: it yields."""

    def __init__(self, threads: RunThreads, thread: TurnThread) -> None:
        self._threads = threads
        self._thread = thread
        self.use = threads.pools.use

    def wait(self, files: Iterable[tuple[int, int]], timeout: float | None) -> bool:
        return self._thread.wait(files, timeout)

    def lock(self) -> TurnLock:
        return self._threads.new_lock(self._threads.call(self._thread))

    def adopt(self, thread: threading.Thread, start: Callable[[], None]) -> None:
        self._threads.adopt(thread, start)

    def join(self, thread: threading.Thread, timeout: float | None) -> bool:
        other = self._threads.adopted(thread)
        if other is not None and not self._thread.join(other, timeout):
            return False
        self._threads.see_off(thread, other)
        return True


class _LoopWaits:
    """How the loop's own thread waits: for nothing but time, as nobody else runs meanwhile."""

    def __init__(self, threads: RunThreads) -> None:
        self._threads = threads
        self.use = threads.pools.use

    def wait(self, files: Iterable[tuple[int, int]], timeout: float | None) -> bool:
        wanted = list(files)
        if wanted or timeout is None:
            self._threads.block_loop(never, timeout)
        else:
            self._threads.nap(timeout)
        return bool(ready(wanted))

    def lock(self) -> TurnLock:
        return self._threads.new_lock(self._threads.block_loop)

    def adopt(self, thread: threading.Thread, start: Callable[[], None]) -> None:
        self._threads.adopt(thread, start)

    def join(self, thread: threading.Thread, timeout: float | None) -> bool:
        other = self._threads.adopted(thread)
        return other is None or other.over or self._threads.block_loop(never, timeout)


def _is_news(said: logging.LogRecord) -> bool:
    """Tell whether a line of a log is worth showing: that a pool's thread was ended with the run is not."""
    return not (said.exc_info and said.exc_info[0] is Halt)
