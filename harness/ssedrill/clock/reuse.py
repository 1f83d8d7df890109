"""Which clients can't be run in this process any more, as their threads don't live on the time of the next run.

A virtual run ends the threads that its client has made. What such a client's module keeps (a queue, and that somebody
reads it) still believes in them, starts no others, and waits for them for ever. Threads that a run on the real clock
has left behind go on in real time: a virtual run that gives them work would not wait for them. Pools of
``concurrent.futures`` are neither: they start over in every virtual run, see ``python/pools.py``.
"""

from __future__ import annotations

import threading
from concurrent.futures import thread as pool_thread
from typing import Any

from ssedrill.clock.fate import NeedsFreshProcess

TAINTED: set[str] = set()
"""The modules, in this process, of the clients whose own threads ended with a run."""
LEFT: set[str] = set()
"""The same, of those whose threads a run on the real clock has left behind."""
_OURS = "ssedrill-"
"""How the names of the harness's own threads begin. Those that host clients may take a moment to end."""
_POOLED: Any = getattr(pool_thread, "_threads_queues", {})
"""The threads of all pools of ``concurrent.futures``."""


def taint(module: str) -> None:
    """Note that threads of a client from this module have ended with a run; empty for a client of no module."""
    if module:
        TAINTED.add(module)


def note_left(module: str, before: set[threading.Thread]) -> None:
    """Note whether a real run of a client from this module has left threads behind, besides those ``before`` it."""
    left = (thread for thread in threading.enumerate() if thread not in before and thread not in _POOLED)
    if module and any(not thread.name.startswith(_OURS) for thread in left):
        LEFT.add(module)


def why_not_again(module: str, *, virtual: bool) -> NeedsFreshProcess | None:
    """Return why a client from this module can't be run in this process on this kind of clock, or None if it can."""
    if module in TAINTED:
        return NeedsFreshProcess("threads of the client's own ended with an earlier run in this process")
    if virtual and module in LEFT:
        return NeedsFreshProcess("threads of the client's own have lived in real time since an earlier run")
    return None
