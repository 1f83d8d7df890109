"""Whether a process is still fit for another run of the client that has run in it."""

from __future__ import annotations

import builtins
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from ssedrill.running.worker.memory import crowded

try:
    import resource
except ImportError:  # no limits on this system
    resource = None  # type: ignore[assignment]

HOSTING = ("ssedrill-client", "virtual-run")
"""Threads in which a run was done; one that is still there holds a client that could not be ended."""
CLOCKS = ("sleep", "time", "monotonic", "perf_counter")


class Health:
    """Remembers what the harness itself needs of its process. Made when the client has been imported."""

    def __init__(self) -> None:
        self._before = _state()

    def worn(self) -> bool:
        """Tell whether the next run should have another process."""
        if any(thread.name in HOSTING for thread in threading.enumerate()):
            return True
        now = _state()
        return crowded() or any(now.get(name) != value for name, value in self._before.items())


def _state() -> Mapping[str, Any]:
    state = {f"builtins.{name}": id(value) for name, value in vars(builtins).items() if name != "_"}
    state |= {f"time.{name}": id(getattr(time, name, None)) for name in CLOCKS}
    state |= {"stdout": id(sys.stdout), "stderr": id(sys.stderr), "ours": id(sys.modules.get(__name__))}
    if resource is not None:
        state["files"] = hash(resource.getrlimit(resource.RLIMIT_NOFILE))
        state["addresses"] = hash(resource.getrlimit(resource.RLIMIT_AS))
        state["memory"] = hash(resource.getrlimit(resource.RLIMIT_DATA))
    return state
