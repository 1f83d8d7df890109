"""Threads that a client starts and waits for, and the locks and queues between them, in virtual time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from ssedrill.clock.python.overrides import Replacement
from ssedrill.clock.python.wait_strategy import wait_strategy

NAMES = ("queue.SimpleQueue",)
START, JOIN = threading.Thread.start, threading.Thread.join
ALLOCATE_LOCK: Callable[[], Any] = getattr(threading, "_allocate_lock")  # noqa: B009 - private


def overrides() -> dict[str, Callable[..., Any]]:
    """Return the functions of NAMES for a thread of a drill: the queue that is written in Python waits by a lock."""
    return {"queue.SimpleQueue": getattr(queue, "_PySimpleQueue")}  # noqa: B009 - private


def _waiter_lock() -> Any:
    strategy = wait_strategy()
    return ALLOCATE_LOCK() if strategy is None else strategy.lock()


def _start(self: threading.Thread) -> None:
    strategy = wait_strategy()
    if strategy is None:
        START(self)
    else:
        strategy.adopt(self, lambda: START(self))


def _join(self: threading.Thread, timeout: float | None = None) -> None:
    strategy = wait_strategy()
    if strategy is None or strategy.join(self, timeout):
        JOIN(self, timeout)


REPLACED: tuple[Replacement, ...] = (
    (threading, "_allocate_lock", _waiter_lock),
    (threading.Thread, "start", _start),
    (threading.Thread, "join", _join),
)
"""Attributes that are replaced while a virtual run is on."""
