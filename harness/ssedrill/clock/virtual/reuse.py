"""Which clients can't be run in this process any more: a virtual run has ended threads that they count on."""

from __future__ import annotations


class Spent(Exception):
    """This process's copy of a client is of no more use; ``reason``, if any, is why its run needs the real clock."""

    def __init__(self, reason: str | None) -> None:
        super().__init__(reason)
        self.reason = reason


SPENT: set[str] = set()
"""The modules, in this process, of clients whose own threads ended with a virtual run.

A pool that such a module keeps believes that it still has them, starts no others, and waits for them for ever."""
MAIMED = "threads of the client's own ended with an earlier run in this process, and nothing could run it in another"
