"""A wire that is no wire: it keeps what it is told, and its time passes only when a plan waits."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ssedrill.server.player import Notes, play
from ssedrill_faults.plan import Op

End: TypeAlias = Literal["fin", "half-close", "reset", "silence"]


@dataclass(slots=True)
class MemoryWire:
    """Takes everything at once, and its client reads at once. ``leaves_after`` bytes the client is gone."""

    leaves_after: int | None = None
    time_s: float = 0.0
    segments: list[tuple[float, bytes]] = field(default_factory=list)  # time and bytes of each write
    holds: list[int] = field(default_factory=list)  # bytes written at each wait for the client
    end: End | None = None
    written: int = 0
    gone: bool = False
    paused: bool = False

    @property
    def data(self) -> bytes:
        """All that was written, joined."""
        return b"".join(data for _, data in self.segments)

    def now(self) -> float:
        """See Wire."""
        return self.time_s

    def send(self, data: bytes) -> bool:
        """See Wire."""
        self.gone = self.leaves_after is not None and self.written >= self.leaves_after
        if not self.gone:
            self.segments.append((self.time_s, data))
            self.written += len(data)
        return not self.gone

    def closed(self) -> bool:
        """See Wire."""
        return self.gone

    def wrote(self, count: int) -> None:
        """See Wire."""

    async def drained(self) -> None:
        """See Wire."""

    async def breathe(self) -> None:
        """See Wire."""

    async def until(self, when: float) -> None:
        """See Wire."""
        self.time_s = max(self.time_s, when)

    async def consumed(self) -> None:
        """See Wire."""
        self.holds.append(self.written)

    async def left(self) -> None:
        """See Wire."""
        self.end = "silence"

    def fin(self) -> None:
        """See Wire."""
        self.end = "fin"

    def half_close(self) -> None:
        """See Wire."""
        self.end = "half-close"

    def reset(self) -> None:
        """See Wire."""
        self.end = "reset"


@dataclass(frozen=True, slots=True)
class Recording:
    """What a plan did to the wire, and the player's notes about it."""

    wire: MemoryWire
    notes: Notes


def play_into_memory(ops: Sequence[Op], *, leaves_after: int | None = None) -> Recording:
    """Play operations without a socket, an event loop or time."""
    wire = MemoryWire(leaves_after)
    notes = Notes()
    _run(play(ops, wire, notes, 0.0))
    return Recording(wire, notes)


def _run(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine that never has to wait."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise AssertionError("the memory wire never waits")
