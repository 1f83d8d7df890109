"""Events that are sent at a moment: it is known along the pauses of the plan only, so they are put in on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.harm import first_difference
from ssedrill_faults.plan import Answer, Frame, Framing, Op, Role, Write, body_of
from ssedrill_faults.position import Position
from ssedrill_faults.segment import ends_event
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
        check_late(self.answer, ends=self.ends)
        before, after = self.place.split(ops, ctx)
        ops = (*before, *after)
        between = may_come_ahead(ops, self.answer, ctx)
        at = next((i for i in range(len(before), len(ops) + 1) if between[i]), None)
        if at is None:
            raise Impossible("the body is over before an event may come behind that moment: choose an earlier one")
        before, after = ops[:at], ops[at:]
        there = max((number for op in before if isinstance(op, Write) for number in op.events), default=0)
        new = [with_harm_of(op, after, ctx) for op in written_late(self.answer, self.events, ctx)]
        if self.ends:
            return (*before, *counted_on(new, there))
        return (*before, *counted_on(only_events(new), there), *counted_on(after, len(self.events)))


def check_late(answer: Answer, *, ends: bool = False) -> None:
    """Raise Impossible if nothing can be put into the body of this answer on the wire."""
    if answer.coding is not None:
        raise Impossible("the body is coded, so that nothing can be put in at a moment: use after_token")
    if answer.framing is Framing.LENGTH and not ends:
        raise Impossible("the head says how long the body is before that moment comes: use after_token")


def may_come_ahead(ops: Sequence[Op], answer: Answer, ctx: Context) -> list[bool]:
    """Tell of each operation, and of the end, whether an event may come ahead of it: between two others."""
    body = body_of(ops)
    try:
        gaps = iter(ctx.http.gaps(body) if answer.framing is Framing.CHUNKED else [True] * len(body))
    except ValueError as problem:
        raise Impossible(f"nothing can be put into this body: {problem}") from None
    begun = max((i for i, op in enumerate(ops) if _is(op, Role.HEAD)), default=-1)
    free, whole, found = True, True, list[bool]()  # between two pieces of the body; between two events
    for i, op in enumerate((*ops, None)):
        found.append(free and whole and i > begun)
        if isinstance(op, Write) and op.role is not Role.HEAD:
            free = next(gaps) and op.role is not Role.END
            whole = ends_event(op) if op.content else whole
    return found


def written_late(answer: Answer, events: tuple[Frame, ...], ctx: Context) -> list[Op]:
    """Return the operations that send these events as the rest of an answer, and end it as it does."""
    said = answer.length
    # A length that is too small is that of more events than these, and shows in those before.
    alone = replace(answer, frames=events, length=None if said and said.off < 0 else said)
    return [op for op in ctx.http.render(alone) if not _is(op, Role.HEAD)]


def only_events(ops: Sequence[Op]) -> Sequence[Op]:
    """Return the operations up to the last event."""
    return ops[: max(i for i, op in enumerate(ops) if isinstance(op, Write) and op.events) + 1]


def with_harm_of(op: Op, after: Sequence[Op], ctx: Context) -> Op:
    """Return an operation with the byte by which it differs from what would come in its place."""
    if not isinstance(op, Write) or op.fault not in ctx.breaking or not op.content:
        return op
    due = bytearray()
    for other in after:
        if isinstance(other, Write) and len(due) <= len(op.content):
            due += b"".join(other.data[start:end] for start, end in ctx.http.content_spans(other))
    found = first_difference(op.content, bytes(due))
    return op if found is None else replace(op, harm=op.lead + found)


def counted_on(ops: Sequence[Op], more: int) -> list[Op]:
    """Return operations whose events have numbers that are higher by so many."""
    return [replace(op, events=tuple(n + more for n in op.events)) if isinstance(op, Write) else op for op in ops]


def _is(op: Op, role: Role) -> bool:
    return isinstance(op, Write) and op.role is role
