"""Pings by the clock: a proxy sends them whether the answer goes on or not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.frames.counted import bounded
from ssedrill_faults.frames.late import (
    check_late,
    counted_on,
    may_come_ahead,
    only_events,
    with_harm_of,
    written_late,
)
from ssedrill_faults.moments import ROUNDING_S
from ssedrill_faults.plan import ENDINGS, Answer, Frame, Op, Silence, Wait
from ssedrill_faults.position import FromHere
from ssedrill_faults.stages import Stage

IN_SILENCE_S = 600.0
"""So long they go on in a silence that has no end, in seconds."""

MOST_PINGS = 10_000


@dataclass(frozen=True, kw_only=True)
class TimedPings(WireFault):
    """Send a ping each time so many seconds have passed since a place, or as soon after that as an event is over."""

    place: FromHere  # without a position: since the request
    answer: Answer  # as all other faults have left it
    ping: Frame
    interval_s: float

    @property
    def stage(self) -> Stage:
        """See WireFault: it must know of every pause."""
        return Stage.MOMENTS

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put them in along the pauses, and count the events behind them anew."""
        check_late(self.answer)
        before, after = self.place.split(ops, ctx) if self.place.is_given else ((), ops)
        ops = (*before, *_without_end(after))
        pings = sum(op.seconds for op in ops if isinstance(op, Wait)) / self.interval_s
        if pings > MOST_PINGS:
            raise Impossible(f"interval: that would be {pings:.0f} pings, and at most {MOST_PINGS} may be sent")
        between = may_come_ahead(ops, self.answer, ctx)
        ping = only_events(written_late(self.answer, (self.ping,), ctx))
        done: list[Op] = [*before]
        sent, due, left = 0, False, self.interval_s  # pings; whether one is due; seconds until the next is
        events = max((number for op in before for number in getattr(op, "events", ())), default=0)
        for i in range(len(before), len(ops)):
            rest = ops[i]
            while True:
                if due and between[i]:
                    noticed = [with_harm_of(op, ops[i:], ctx) for op in ping]
                    done += counted_on(noticed, events + sent)
                    sent, due = sent + 1, False
                    bounded(sent * len(self.ping.data), sent)
                if not isinstance(rest, Wait) or rest.seconds < left - ROUNDING_S:
                    break
                done += [replace(rest, seconds=left)]
                rest = replace(rest, seconds=max(0.0, rest.seconds - left))
                due, left = True, self.interval_s
            if isinstance(rest, Wait):
                left -= rest.seconds
                done += [rest] if rest.seconds or rest.fault else []
            else:
                events = max((*getattr(rest, "events", ()), events))
                done += counted_on([rest], sent)
        if not sent:
            raise Impossible(f"interval: the answer is over before {self.interval_s:g} s have passed since there")
        return tuple(done)


def _without_end(ops: tuple[Op, ...]) -> tuple[Op, ...]:
    """Return the operations with a pause ahead of a silence that has no end."""
    at = next((i for i, op in enumerate(ops) if isinstance(op, ENDINGS)), None)
    if at is None or not isinstance(silence := ops[at], Silence):
        return ops
    return (*ops[:at], Wait(IN_SILENCE_S, silence.fault), *ops[at:])
