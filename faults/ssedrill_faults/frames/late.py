"""Events that are sent at a moment: it is known along the pauses of the plan only, so they are put in on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.harm import first_difference
from ssedrill_faults.plan import Answer, Frame, Framing, Op, Role, Write
from ssedrill_faults.position import Position
from ssedrill_faults.stages import Moment


@dataclass(frozen=True, kw_only=True)
class LateEvents(WireFault):
    """Send these events at a moment, or as soon after it as the event is over that is being sent then."""

    place: Position
    answer: Answer  # as all other faults have left it
    events: tuple[Frame, ...]
    ends: bool  # the answer, properly

    @property
    def moment(self) -> Moment | None:
        """See Fault."""
        return self.place.moment

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put them in, and count the events behind them anew."""
        if self.answer.coding is not None:
            raise Impossible("the body is coded, so that nothing can be put in at a moment: use after_token")
        if self.answer.framing is Framing.LENGTH and not self.ends:
            raise Impossible("the head says how long the body is before that moment comes: use after_token")
        before, after = self._between_events(*self.place.split(ops, ctx), ctx)
        there = max((number for op in before if isinstance(op, Write) for number in op.events), default=0)
        said = self.answer.length
        # A length that is too small is that of more events than these, and shows in those before.
        alone = replace(self.answer, frames=self.events, length=None if said and said.off < 0 else said)
        new = [op for op in ctx.http.render(alone) if not _is(op, Role.HEAD)]
        new = [_with_harm(op, after, ctx) for op in new]
        if self.ends:
            return (*before, *_counted(new, there))
        events = new[: max(i for i, op in enumerate(new) if isinstance(op, Write) and op.events) + 1]
        return (*before, *_counted(events, there), *_counted(after, len(self.events)))

    def _between_events(
        self, before: Sequence[Op], after: Sequence[Op], ctx: Context
    ) -> tuple[tuple[Op, ...], tuple[Op, ...]]:
        """Return the operations ahead of the next place where an event may come, and those behind it."""
        ops = (*before, *after)
        body = [op for op in ops if isinstance(op, Write) and op.role is not Role.HEAD]
        heads = [i for i, op in enumerate(ops) if _is(op, Role.HEAD)]
        try:
            gaps = iter(ctx.http.gaps(body) if self.answer.framing is Framing.CHUNKED else [True] * len(body))
        except ValueError as problem:
            raise Impossible(f"nothing can be put into this body: {problem}") from None
        free, whole = True, True  # between two pieces of the body; between two events
        for i, op in enumerate((*ops, None)):
            if i >= len(before) and free and whole and i > max(heads, default=-1):
                return ops[:i], ops[i:]
            if isinstance(op, Write) and op.role is not Role.HEAD:
                free = next(gaps) and op.role is not Role.END
                whole = _whole(op) if op.content else whole
        raise Impossible("the body is over before an event may come behind that moment: choose an earlier one")


def _with_harm(op: Op, after: Sequence[Op], ctx: Context) -> Op:
    """Return an operation with the byte by which it differs from what would come in its place."""
    if not isinstance(op, Write) or op.fault not in ctx.breaking or not op.content:
        return op
    due = bytearray()
    for other in after:
        if isinstance(other, Write) and len(due) <= len(op.content):
            due += b"".join(other.data[start:end] for start, end in ctx.http.content_spans(other))
    found = first_difference(op.content, bytes(due))
    return op if found is None else replace(op, harm=op.lead + found)


def _whole(op: Write) -> bool:
    """Tell whether the content of a segment ends with an event."""
    return bool(op.events) and (not op.event_ends or op.event_ends[-1] == op.content_end)


def _counted(ops: Sequence[Op], more: int) -> list[Op]:
    """Return operations whose events have numbers that are higher by so many."""
    return [replace(op, events=tuple(n + more for n in op.events)) if isinstance(op, Write) else op for op in ops]


def _is(op: Op, role: Role) -> bool:
    return isinstance(op, Write) and op.role is role
