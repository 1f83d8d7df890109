"""What can go wrong with virtual time; :meth:`VirtualClock.run` turns it into a fate, but for a deadlock."""

from __future__ import annotations

from collections.abc import Sequence


class Stuck(RuntimeError):
    """Nothing can ever happen again: no timer is set and nobody has anything to read. The run is hung.

    ``waiting`` says for each task what it waits for.
    """

    def __init__(self, waiting: Sequence[str]) -> None:
        super().__init__("deadlock: no timer, nothing to read; " + ("; ".join(waiting) or "no tasks"))
        self.waiting = tuple(waiting)


class BlockedOutside(RuntimeError):
    """The client waits for something by means that the virtual clock does not reach; the real clock can run it."""


class VirtualUnavailable(RuntimeError):
    """A program can't be put, or was found not to be, on the virtual clock; ``reason`` says why in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no virtual clock: {reason}")
        self.reason = reason
