"""What a client may start and virtual time does not reach: processes, and threads that nobody is told of.

They would run in real time while the run's clock jumps, so that whoever waits for them would time out at once. The
run ends if one of them is about to be started, and is done again on the real clock.
"""

from __future__ import annotations

import _posixsubprocess  # noqa: F401 - has to be there to be replaced
import _thread
import os
from collections.abc import Callable
from typing import Any, NoReturn

from ssedrill.clock.engine.progress import Progress

_THREADS = tuple(
    f"_thread.{name}" for name in ("start_new_thread", "start_joinable_thread") if hasattr(_thread, name)
)
_PROCESSES = (
    "_posixsubprocess.fork_exec",
    *(
        f"os.{name}"
        for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system", "startfile")
        if hasattr(os, name)
    ),
)

NAMES = (*_THREADS, *_PROCESSES)
"""What the harness itself starts (and ``threading.Thread``, which is adopted) bypasses these overrides."""


def overrides(progress: Progress) -> dict[str, Callable[..., Any]]:
    """Return functions for every name in NAMES that end the run."""

    def process(*args: Any, **options: Any) -> NoReturn:
        progress.escape("the client starts a process")

    def thread(*args: Any, **options: Any) -> NoReturn:
        progress.escape("the client starts a thread by means of its own")

    return {**dict.fromkeys(_PROCESSES, process), **dict.fromkeys(_THREADS, thread)}
