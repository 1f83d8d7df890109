"""What can go wrong with virtual time; the clock turns it into the fate of the run, but for a deadlock."""

from __future__ import annotations

from collections.abc import Sequence


class Stuck(RuntimeError):
    """Nothing can ever happen again: no timer is set and nobody has anything to read. The run is hung.

    ``task_traces`` says for each task what it waits for.
    """

    def __init__(self, task_traces: Sequence[str]) -> None:
        super().__init__("deadlock: no timer, nothing to read; " + ("; ".join(task_traces) or "no tasks"))
        self.task_traces = tuple(task_traces)


class OutOfReach(RuntimeError):
    """The client does, or waits for, what virtual time does not reach; the real clock can run it."""


class VirtualUnavailable(RuntimeError):
    """A program can't be put, or was found not to be, on the virtual clock; ``reason`` says why in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no virtual clock: {reason}")
        self.reason = reason
