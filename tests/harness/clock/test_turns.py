"""Exactly one of the loop and its threads runs at any time, and the watchdog knows which."""

from __future__ import annotations

import asyncio
import threading
from _thread import allocate_lock

from ssedrill.clock.engine.loop import VirtualLoop
from ssedrill.clock.engine.progress import Progress
from ssedrill.clock.python.turns import TurnThread


def test_a_thread_that_has_yielded_is_not_watched() -> None:
    """From the moment it yields, the loop's thread is the one to go on, before that one has even woken up."""
    seen = []

    class Noting:
        """A lock that notes whom the watchdog would look at when it is released."""

        def __init__(self) -> None:
            self._lock = allocate_lock()
            self.acquire = self._lock.acquire

        def release(self) -> None:
            seen.append(progress.runner)
            self._lock.release()

    progress = Progress()
    loop = VirtualLoop(1000.0, progress)
    try:
        thread = TurnThread(loop, progress, set())
        thread._yielded = Noting()
        thread._yielded.acquire()

        async def main():
            await thread.start(lambda: thread.sleep(1), {})

        asyncio.set_event_loop(loop)
        loop.run_main(main())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    assert seen == [threading.get_ident()] * 2
