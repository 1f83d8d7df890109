"""Whether the thread of the loop was blocked while a client ran on it: then it has waited outside virtual time.

A callback that takes microseconds is not looked at by itself: only once a millisecond has passed, what came of it is
compared with what the thread has run. What the harness itself waits for in that thread is left out by ``apart``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ssedrill.clock.engine.blocked_time import Blocked, BlockedTime


class BlockedLoop:
    """The blocked time of one loop's thread, in which all of it is used."""

    def __init__(self) -> None:
        self.time = BlockedTime()
        self._clients = 0
        self.found = Blocked()  # the longest

    @contextmanager
    def while_a_client_runs(self) -> Iterator[None]:
        """Measure while this is on: what the harness does before and afterwards is its own business."""
        self._clients += 1
        self.time.begin()
        try:
            yield
        finally:
            self.look()
            self._clients -= 1
            if not self._clients:
                self.time.close()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Leave out what the thread waits for meanwhile, such as another one that has its turn."""
        self.look()
        try:
            yield
        finally:
            if self._clients:
                self.time.begin()

    @contextmanager
    def kernel(self) -> Iterator[None]:
        """Leave out a question to the kernel, which may wait for those of others on a busy machine."""
        self.look()
        try:
            yield
        finally:
            if self._clients and self.time.long():
                self.time.begin()

    def look(self) -> None:
        """Note for how long the thread was blocked since the last look, if that was a while ago."""
        if self._clients and self.time.long():
            self.found = max(self.found, self.time.end(), key=lambda one: (one.sure and one.seconds > 0, one.seconds))
            self.time.begin()
