"""Who reads live events: so many and no more, and none when the server ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from ssedrill.serving.refused import Refused

MOST_READERS = 50


class Readers:
    """The tasks of requests that go on until somebody ends them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Be one of them. Raises Refused if there are too many."""
        if len(self._tasks) >= MOST_READERS:
            raise Refused(429, f"{MOST_READERS} read the events, and may be no more", "close one of them")
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def end(self) -> None:
        """End them all."""
        for task in self._tasks:
            task.cancel()
