"""Pools of ``concurrent.futures`` that a client's module keeps from run to run, or has had since its import.

A pool's threads belong to one run, or to none. So in each run a pool starts over: it forgets the threads that it had
and waits for work in a queue that lives on virtual time. When the run has ended its threads, it forgets those too.
Whoever still works on what was asked for outside of the run has the old queue and goes on.

Private parts of ``ThreadPoolExecutor`` that it relies on: ``_threads``, ``_idle_semaphore`` and ``_work_queue``.
"""

from __future__ import annotations

import queue
import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ssedrill.clock.engine.numbered import Numbered
from ssedrill.clock.python.overrides import Replacement
from ssedrill.clock.python.wait_strategy import wait_strategy

SUBMIT = ThreadPoolExecutor.submit
_VIRTUAL_QUEUE: Any = getattr(queue, "_PySimpleQueue")  # noqa: B009 - private
_USUAL_QUEUES = (queue.SimpleQueue, _VIRTUAL_QUEUE)


class RunPools:
    """The pools that were given work in one run."""

    def __init__(self) -> None:
        self._used: weakref.WeakSet[ThreadPoolExecutor] = weakref.WeakSet()
        self._jobs = 0

    def use(self, pool: ThreadPoolExecutor) -> int:
        """Have a pool start over, if this run has not used it before; return the number of the job it is given."""
        if pool not in self._used:
            self._used.add(pool)
            _start_over(pool, _VIRTUAL_QUEUE)
        self._jobs += 1
        return self._jobs

    def own(self, thread: threading.Thread) -> bool:
        """Tell whether a thread is one of a pool's, so that nobody counts on it after the run."""
        return any(thread in getattr(pool, "_threads", ()) for pool in self._used)

    def leave(self) -> None:
        """Have the pools forget their threads, which have ended with the run."""
        for pool in self._used:
            if not getattr(pool, "_shutdown", False):
                _start_over(pool, queue.SimpleQueue)
        self._used.clear()


def _start_over(pool: Any, new_queue: type[Any]) -> None:
    pool._threads = set()
    pool._idle_semaphore = threading.Semaphore(0)
    if type(pool._work_queue) in _USUAL_QUEUES:  # another kind has an order of its own, and lives on virtual time
        pool._work_queue = new_queue()


def _submit(self: ThreadPoolExecutor, /, *args: Any, **options: Any) -> Any:
    strategy = wait_strategy()
    if strategy is None:
        return SUBMIT(self, *args, **options)
    number = strategy.use(self)
    future = SUBMIT(self, *args, **options)
    return future if type(future) is not Future else _numbered(future, number)


def _numbered(future: Any, number: int) -> Any:
    future.__class__, future._number = _NumberedFuture, number
    return future


class _NumberedFuture(Numbered, Future[Any]):
    """A future that is hashed by its number in its run: ``wait`` and ``as_completed`` take it out of sets."""


REPLACED: tuple[Replacement, ...] = ((ThreadPoolExecutor, "submit", _submit),)
"""Attributes that are replaced while a virtual run is on."""
