"""How many functions an executor runs at a time, kept on the loop's own time."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeAlias

DEFAULT_SLOTS = 32
"""Of the loop's own executor. Python takes 32 at most, and fewer by the number of processors: no two machines would
give the same record."""

Run: TypeAlias = Callable[[Callable[[], Any]], "asyncio.Future[Any]"]


class ExecutorSlots:
    """The slots of all executors that one loop is asked to use; a call without one waits for one, in order."""

    def __init__(self, loop: asyncio.AbstractEventLoop, run: Run) -> None:
        self._loop = loop
        self._run = run
        self._taken: weakref.WeakKeyDictionary[object, int] = weakref.WeakKeyDictionary()
        self._queues: weakref.WeakKeyDictionary[object, deque[tuple[Callable[[], Any], asyncio.Future[Any]]]]
        self._queues = weakref.WeakKeyDictionary()

    def submit(self, executor: ThreadPoolExecutor | None, call: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run a function as soon as the executor (None for the loop's own) has a slot, and return its future."""
        key = self if executor is None else executor
        if self._taken.get(key, 0) >= _slots(executor):
            future: asyncio.Future[Any] = self._loop.create_future()
            self._queues.setdefault(key, deque()).append((call, future))
            return future
        return self._begin(key, call)

    def _begin(self, key: object, call: Callable[[], Any]) -> asyncio.Future[Any]:
        self._taken[key] = self._taken.get(key, 0) + 1
        future = self._run(call)
        future.add_done_callback(lambda _: self._freed(key))
        return future

    def _freed(self, key: object) -> None:
        self._taken[key] -= 1
        queue = self._queues.get(key, deque())
        while queue:
            call, future = queue.popleft()
            if not future.done():  # cancelled while it waited
                self._begin(key, call).add_done_callback(partial(_pass_on, future))
                return


def is_plain_pool(executor: Any) -> bool:
    """Tell whether a loop of virtual time can run an executor's functions itself: it is an ordinary one, and open."""
    if executor is None:
        return True
    ordinary = type(executor) is ThreadPoolExecutor and getattr(executor, "_initializer", None) is None
    return ordinary and not getattr(executor, "_shutdown", False)


def _slots(executor: ThreadPoolExecutor | None) -> int:
    return DEFAULT_SLOTS if executor is None else int(getattr(executor, "_max_workers", DEFAULT_SLOTS))


def _pass_on(future: asyncio.Future[Any], begun: asyncio.Future[Any]) -> None:
    if future.done():
        return
    if begun.cancelled():
        future.cancel()
    elif (error := begun.exception()) is not None:
        future.set_exception(error)
    else:
        future.set_result(begun.result())
