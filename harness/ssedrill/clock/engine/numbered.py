"""Tasks and futures that stand in a set in the order in which they were made.

``asyncio.wait`` gives sets, and groups of tasks are cancelled out of sets. Others are hashed by their addresses, so
that their order there is another one in each process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Numbered:
    """What is hashed by its number."""

    _number: int

    def __hash__(self) -> int:
        """Return its number."""
        return self._number


class NumberedTask(Numbered, asyncio.Task[Any]):
    """A task that is hashed by its number on its loop."""

    def __init__(self, coro: Coroutine[Any, Any, Any], *, number: int, **options: Any) -> None:
        self._number = number  # first: making a task puts it into a set
        super().__init__(coro, **options)


class NumberedFuture(Numbered, asyncio.Future[Any]):
    """A future that is hashed by its number on its loop."""

    def __init__(self, *, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self._number = number
        super().__init__(loop=loop)


class Numbers:
    """Makes the tasks and futures of one loop, and counts them."""

    def __init__(self) -> None:
        self._tasks = self._futures = 0

    def named(self, name: str | None) -> str:
        """Count a task that is to be made; return its name, which is its number if it is given none."""
        self._tasks += 1
        return f"task-{self._tasks}" if name is None else name

    def task(self, loop: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Make the task that was counted last; see asyncio's task factories."""
        return NumberedTask(coro, number=self._tasks, loop=loop, **options)

    def future(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[Any]:
        """Make a future."""
        self._futures += 1
        return NumberedFuture(number=self._futures, loop=loop)
