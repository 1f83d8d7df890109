"""Play a plan's operations onto a wire and note when each took effect.

Nothing but the bytes themselves happens on the way of a write: no task switch, no question to the kernel, no object
but the time. The kernel is asked at waits and endings, when there is time.

Waits follow a timetable: each is due its length after the previous one was due, so that small delays do not add up.
A pause that a fault put there is a promise of its own and counts from now. A stream that was held up for long (by a
client that did not read) goes on in its rhythm instead of pouring out what it missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from ssedrill.server.wire import Wire
from ssedrill_faults.plan import AwaitConsumed, Fin, HalfClose, Op, Reset, Silence, Wait, Write


@dataclass(slots=True)
class Notes:
    """What was carried out, as small as can be: operations come in the plan's order, none is left out."""

    times: list[float] = field(default_factory=list)  # on the wire's clock, one for each operation
    late: set[int] = field(default_factory=set)  # writes that the kernel did not take all of at once


BURST = 256
"""Writes without a wait between them after which other connections have a turn."""
CATCH_UP_S = 0.25
"""How far behind its timetable a stream may be and still make up for it."""


async def play(ops: Sequence[Op], wire: Wire, notes: Notes, began: float) -> bool:
    """Carry out the operations in order; tell whether all were, up to an ending, or the client was gone.

    ``began`` is the wire's time when the request was complete: the timetable starts there.
    """
    send, closed, now = wire.send, wire.closed, wire.now
    stamp = notes.times.append
    due = at = began
    fresh = burst = 0
    for index, op in enumerate(ops):
        if isinstance(op, Write):  # ahead of the match: here every tenth of a microsecond counts
            at = now()  # before the write: the client may have answered before the call returns
            if send(op.data):
                stamp(at)
                fresh += len(op.data)
                burst += 1
                if burst < BURST:
                    continue
            else:
                if closed():  # before, or because the write found the client gone
                    wire.wrote(fresh)
                    return False
                stamp(at)
                fresh += len(op.data)
                if wire.paused:
                    notes.late.add(index)
            wire.wrote(fresh)
            await (wire.drained() if wire.paused else wire.breathe())
            fresh = burst = 0
            continue
        wire.wrote(fresh)
        fresh = burst = 0
        match op:
            case Wait():
                at = now()
                stamp(at)
                due = (at if op.fault else max(due, at - CATCH_UP_S)) + op.seconds
                await wire.until(due)
            case AwaitConsumed():
                await wire.consumed()
                stamp(now())
            case Fin():
                await wire.drained()
                at = now()
                wire.fin()
                stamp(at)
                return True
            case HalfClose():
                await wire.drained()
                at = now()
                wire.half_close()
                stamp(at)
                return True
            case Reset():
                await wire.drained()
                at = now()
                wire.reset()
                stamp(at)
                return True
            case Silence():
                await wire.drained()
                # It begins with the end of the write before it: a client may be content before we get here.
                stamp(at if index and isinstance(ops[index - 1], Write) else now())
                await wire.left()
                return True
            case _:
                assert_never(op)
    wire.wrote(fresh)
    return True
