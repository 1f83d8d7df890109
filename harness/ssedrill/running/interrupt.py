"""How runs that are under way are ended from outside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any


class Interrupt:
    """Ends the runs that are under way, from another thread or from a signal handler."""

    def __init__(self) -> None:
        self._calls: set[Callable[[], object]] = set()
        self._lock = threading.RLock()  # a signal handler may fire while its own thread registers a run
        self.fired = False

    def fire(self) -> None:
        """End every run that is under way, and every later one as it begins."""
        with self._lock:
            self.fired = True
            for call in list(self._calls):
                call()

    def check(self) -> None:
        """Raise CancelledError if the interrupt has fired: what came of a run since then says nothing."""
        if self.fired:
            raise asyncio.CancelledError

    @contextmanager
    def calling(self, call: Callable[[], object]) -> Iterator[None]:
        """Have this called when the interrupt fires, at once if it has."""
        with self._lock:
            self._calls.add(call)
            if self.fired:
                call()
        try:
            yield
        finally:
            with self._lock:
                self._calls.discard(call)

    def ending(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any] | None) -> AbstractContextManager[None]:
        """Have this task of this loop cancelled when the interrupt fires."""
        assert task is not None

        def end() -> None:
            with suppress(RuntimeError):  # its loop is closed: the run was given up and has ended since
                loop.call_soon_threadsafe(task.cancel)

        return self.calling(end)
