"""A thread that hosts one client, apart from the loop that waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

from ssedrill.clock.errors import Halt
from ssedrill.clock.forgotten_tasks import ignore_forgotten_tasks
from ssedrill.clock.raise_in_thread import raise_in_thread

CLOSING_S = 1.0
"""How long a client's loop may take, after the client has ended, to close what the client left open."""


class ClientThread:
    """One daemon thread and the news of its end; made and used on the loop that waits."""

    def __init__(self) -> None:
        self._waiting = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._waiting.create_future()  # the client has ended
        self._over: asyncio.Future[None] = self._waiting.create_future()  # and its thread too
        self._lock = threading.Lock()
        self._error: BaseException | None = None
        self._cancel: Callable[[], object] | None = None  # how to cancel the client, once it runs
        self._cancelled = False
        self._finished = False

    async def run_blocking(self, client: Callable[[], None], grace_s: float) -> None:
        """Run a blocking client; its exceptions come out."""
        await self._host(client, grace_s)

    async def run_async(self, client: Callable[[], Awaitable[None]], grace_s: float) -> None:
        """Run an async client on a loop of its own; its exceptions come out."""

        async def main() -> None:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            assert task is not None
            loop.set_exception_handler(ignore_forgotten_tasks)
            with self._lock:
                if self._cancelled:
                    return
                self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
            try:
                await client()
            except BaseException as error:
                self._error = error
                raise
            finally:
                self._tell(self._ended)

        def body() -> None:
            with asyncio.Runner() as runner:
                runner.run(main())

        await self._host(body, grace_s)

    async def _host(self, body: Callable[[], None], grace_s: float) -> None:
        thread = threading.Thread(target=self._work, args=(body,), daemon=True, name="ssedrill-client")
        thread.start()
        try:
            await asyncio.shield(self._ended)
            await asyncio.wait({self._over}, timeout=CLOSING_S)
        except asyncio.CancelledError:
            self._ask_to_end()
            await asyncio.wait({self._over}, timeout=grace_s)
            raise
        finally:
            self._abandon(thread)
        if self._error is not None:
            raise self._error

    def _work(self, body: Callable[[], None]) -> None:
        with suppress(Halt):
            try:
                body()
            except BaseException as error:
                self._error = error
            with self._lock:
                self._finished = True
        self._tell(self._ended)
        self._tell(self._over)

    def _tell(self, future: asyncio.Future[None]) -> None:
        def set_result() -> None:
            if not future.done():
                future.set_result(None)

        with suppress(RuntimeError):  # the loop that waited is closed: nobody listens any more
            self._waiting.call_soon_threadsafe(set_result)

    def _ask_to_end(self) -> None:
        with self._lock:
            self._cancelled = True
            cancel = self._cancel
        if cancel is not None:
            with suppress(RuntimeError):  # its loop is closed: it has ended by itself
                cancel()

    def _abandon(self, thread: threading.Thread) -> None:
        """Make the thread raise when it next runs Python: a client that wakes up late must not connect anywhere."""
        with self._lock:
            if not self._finished and thread.ident is not None:
                raise_in_thread(thread.ident, Halt)
