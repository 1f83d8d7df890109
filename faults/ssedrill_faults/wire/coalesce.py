"""Merge events into larger segments, as a buffering proxy does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.plan import Op, Role, Wait, Write
from ssedrill_faults.segment import join


@dataclass(frozen=True, kw_only=True)
class CoalesceFault(WireFault):
    """Hold events back and send several of them in one segment.

    A segment leaves when its last event was due, so the answer ends at the same time as without this fault. The
    head stays by itself, and what other faults cut, end or silence stays where it is.
    """

    name = "coalesce"
    shaping = True

    events: int | None = None
    """Events to a segment; left out: all of them in one burst."""

    def __post_init__(self) -> None:
        if self.events is not None and self.events < 2:
            raise ValueError("events must be at least 2: one event is one segment anyway")

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Gather neighbouring segments, and put the pauses between them in front."""
        done: list[Op] = []
        waits: list[Wait] = []  # before the next operation
        group = _Group()
        for op in ops:
            if isinstance(op, Wait) and op.fault not in ctx.breaking:
                waits.append(op)
                continue
            if not (isinstance(op, Write) and group.takes(op, self.events, ctx)):
                done += self._merged(group)
                group = _Group()
            if isinstance(op, Write) and op.role is not Role.HEAD:
                group.add(op, waits, ctx)
            else:
                done += [*waits, op]
            waits = []
        done += [*self._merged(group), *waits]
        if len(done) == len(ops):
            raise Impossible("no two segments are neighbours, so there is nothing to merge")
        return tuple(done)

    def _merged(self, group: _Group) -> list[Op]:
        if len(group.segments) < 2:
            return [*group.waits, *group.segments]
        pause = sum(wait.seconds for wait in group.waits)
        return [*([Wait(pause)] if pause else []), join(group.segments, self.name, group.effect)]


@dataclass(slots=True)
class _Group:
    """Segments that become one. What decides on the next is kept, and not gathered from all of them each time."""

    segments: list[Write] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)  # before and between them
    events: int = 0
    effect: str | None = None  # of another fault: a segment has one mark, so it can show that of one only

    def takes(self, op: Write, most: int | None, ctx: Context) -> bool:
        """Tell whether a segment may join, of at most so many events."""
        shows_another = op.fault in ctx.breaking and self.effect not in (None, op.fault)
        return not shows_another and (most is None or self.events + len(op.events) <= most)

    def add(self, op: Write, waits: Sequence[Wait], ctx: Context) -> None:
        """Take a segment and the pauses ahead of it."""
        self.segments.append(op)
        self.waits += waits
        self.events += len(op.events)
        if op.fault in ctx.breaking:
            self.effect = op.fault
