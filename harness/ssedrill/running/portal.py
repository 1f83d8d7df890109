"""A loop that others call into from their own threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Portal:
    """Has functions called on a loop, from any thread, that of the loop included."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def is_here(self) -> bool:
        """Tell whether the caller is on the loop."""
        try:
            return asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False

    def do(self, function: Callable[[], T]) -> T:
        """Call a function on the loop and return what it returns; raises what it raises."""
        if self.is_here():
            return function()
        result: Future[T] = Future()

        def call() -> None:
            try:
                result.set_result(function())
            except BaseException as error:
                result.set_exception(error)

        self.loop.call_soon_threadsafe(call)
        return result.result()

    def sleep(self, seconds: float) -> None:
        """Let the loop go on for so many of its seconds; not from the loop's own thread."""
        self.wait(asyncio.sleep(seconds))

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop to its end; not from the loop's own thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()


class LoopThread:
    """A loop that runs in a thread of its own until it is closed, beside whatever the other threads do."""

    def __init__(self) -> None:
        self._ready: Future[tuple[Portal, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name="ssedrill-server", daemon=True)
        self._thread.start()
        self.portal, self._end = self._ready.result()

    def close(self) -> None:
        """End the loop, and what still runs on it."""
        self.portal.do(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._live())

    async def _live(self) -> None:
        end = asyncio.Event()
        self._ready.set_result((Portal(asyncio.get_running_loop()), end))
        await end.wait()
