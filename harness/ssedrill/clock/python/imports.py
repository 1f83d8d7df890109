"""What happens while a client's turn imports a module: it is the library's doing, not the client's.

A library may start a process then (to find a shared library), read from a slow disk, wait. All that is done in real
time, by the original functions, and takes no virtual time. The clocks and what is random stay the run's.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

from ssedrill.clock.engine.progress import Progress
from ssedrill.clock.python import randomness, times
from ssedrill.clock.python.blocking_threads import ALLOCATE_LOCK
from ssedrill.clock.python.overrides import PATCHES, Replacement
from ssedrill.clock.python.wait_strategy import WAIT_STRATEGY, WaitStrategy

IMPORTING = "importing"
"""Under this name a thread's overrides hold what runs an import."""
KEPT = {*times.NAMES, *randomness.NAMES} - {"time.sleep"}
_BOOTSTRAP: Any = getattr(importlib, "_bootstrap")  # noqa: B009 - private
FIND_AND_LOAD: Callable[..., Any] = getattr(_BOOTSTRAP, "_find_and_load")  # noqa: B009 - private


def overrides(progress: Progress, strategy: WaitStrategy) -> dict[str, Any]:
    """Return how a thread that waits like this imports modules."""

    def importing(*args: Any) -> Any:
        mine = PATCHES.overrides() or {}
        during = {name: mine[name] for name in KEPT if name in mine} | {WAIT_STRATEGY: _RealWaits(strategy)}
        with progress.excused(), PATCHES.active(during):
            return FIND_AND_LOAD(*args)

    return {IMPORTING: importing}


def _find_and_load(*args: Any) -> Any:
    mine = PATCHES.overrides()
    return FIND_AND_LOAD(*args) if mine is None else mine.get(IMPORTING, FIND_AND_LOAD)(*args)


class _RealWaits:
    """Waits in real time; threads that are started meanwhile are the run's all the same."""

    def __init__(self, strategy: WaitStrategy) -> None:
        self.adopt, self.join, self.use = strategy.adopt, strategy.join, strategy.use

    def wait(self, files: Iterable[tuple[int, int]], timeout: float | None) -> bool:
        poll = PATCHES.original("select.poll")()
        for fd, mask in files:
            poll.register(fd, mask)
        return bool(poll.poll(None if timeout is None else timeout * 1000))

    def lock(self) -> Any:
        return ALLOCATE_LOCK()


REPLACED: tuple[Replacement, ...] = ((_BOOTSTRAP, "_find_and_load", _find_and_load),)
"""Attributes that are replaced while a virtual run is on."""
