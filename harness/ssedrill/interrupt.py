"""How runs that are under way are ended from another thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any


class Interrupt:
    """Lets another thread end the runs that are under way."""

    def __init__(self) -> None:
        self._cancels: set[Callable[[], object]] = set()
        self._lock = threading.Lock()
        self.fired = False

    def fire(self) -> None:
        """Cancel every run that is under way, and every later one as it begins."""
        with self._lock:
            self.fired = True
            for cancel in self._cancels:
                cancel()

    @contextmanager
    def ending(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any] | None) -> Iterator[None]:
        """Have this task of this loop cancelled when the interrupt fires."""
        assert task is not None
        cancel = partial(loop.call_soon_threadsafe, task.cancel)
        with self._lock:
            self._cancels.add(cancel)
            if self.fired:
                task.cancel()
        try:
            yield
        finally:
            with self._lock:
                self._cancels.discard(cancel)
