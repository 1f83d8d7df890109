"""All that is replaced for the threads of a drill."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ssedrill.clock.engine.progress import Progress
from ssedrill.clock.python import (
    addresses,
    blocking_select,
    blocking_sockets,
    blocking_threads,
    dates,
    escapes,
    imports,
    pools,
    randomness,
    times,
)
from ssedrill.clock.python.overrides import PATCHES
from ssedrill.clock.python.wait_strategy import WAIT_STRATEGY, WaitStrategy

NAMES = times.NAMES + randomness.NAMES + blocking_select.NAMES + blocking_threads.NAMES + escapes.NAMES
REPLACED = (
    *addresses.REPLACED,
    *blocking_sockets.REPLACED,
    *blocking_select.REPLACED,
    *blocking_threads.REPLACED,
    *dates.REPLACED,
    *randomness.REPLACED,
    *imports.REPLACED,
    *pools.REPLACED,
)


def patched() -> AbstractContextManager[None]:
    """Have everything replaced that a drill overrides; threads of no run still get the originals."""
    return PATCHES.installed(NAMES, REPLACED)


def overrides(
    source: times.Source,
    progress: Progress,
    sleep: Callable[[float], None],
    strategy: WaitStrategy,
    known: addresses.Addresses,
) -> dict[str, Any]:
    """Return what one thread gets for every name in NAMES but those of randomness, which is the whole run's.

    ``sleep`` and ``strategy`` are how the thread waits, ``known`` is where its run's members are.
    """
    return {
        WAIT_STRATEGY: strategy,
        addresses.ADDRESSES: known,
        **times.overrides(source, progress, sleep, PATCHES.original),
        **blocking_select.overrides(strategy),
        **blocking_threads.overrides(),
        **escapes.overrides(progress),
        **imports.overrides(progress, strategy),
    }
