"""Merge events into larger segments, as a buffering proxy does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeGuard

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
        group: list[Write] = []
        before: list[Wait] = []  # before and between the segments of the group
        for op in ops:
            if isinstance(op, Wait) and op.fault not in ctx.breaking:
                waits.append(op)
                continue
            if not self._joins(op, group, ctx):
                done += self._merged(group, before, ctx)
                group, before = [], []
            if isinstance(op, Write) and op.role is not Role.HEAD:
                group.append(op)
                before += waits
            else:
                done += [*waits, op]
            waits = []
        done += [*self._merged(group, before, ctx), *waits]
        if len(done) == len(ops):
            raise Impossible("no two segments are neighbours, so there is nothing to merge")
        return tuple(done)

    def _joins(self, op: Op, group: list[Write], ctx: Context) -> TypeGuard[Write]:
        if not isinstance(op, Write):
            return False
        # A segment has one mark, so it can show the effect of one other fault only.
        effects = {write.fault for write in (*group, op)} & ctx.breaking
        held = sum(len(write.events) for write in group)
        return len(effects) < 2 and (self.events is None or held + len(op.events) <= self.events)

    def _merged(self, group: list[Write], before: list[Wait], ctx: Context) -> list[Op]:
        if len(group) < 2:
            return [*before, *group]
        effect = next((write.fault for write in group if write.fault in ctx.breaking), self.name)
        pause = sum(wait.seconds for wait in before)
        return [*([Wait(pause)] if pause else []), replace(join(group), fault=effect)]
