"""Which clients can't be run in this process any more: a virtual run has ended threads that they count on.

A pool that such a client's module keeps believes that it still has its threads, starts no others, and waits for them
for ever.
"""

from __future__ import annotations

from ssedrill.clock.fate import NeedsFreshProcess

TAINTED: set[str] = set()
"""The modules, in this process, of the clients whose own threads ended with a run."""


def taint(module: str) -> None:
    """Note that threads of a client from this module have ended with a run; empty for a client of no module."""
    if module:
        TAINTED.add(module)


def why_not_again(module: str) -> NeedsFreshProcess | None:
    """Return why a client from this module can't be run in this process, or None if it can."""
    if module in TAINTED:
        return NeedsFreshProcess("threads of the client's own ended with an earlier run in this process")
    return None
