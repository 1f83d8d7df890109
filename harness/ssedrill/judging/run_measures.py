"""What a whole run comes to, beside what each of its calls does: its connections, and whose requests were whose."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from ssedrill.judging.faults_met import FaultMet
from ssedrill.judging.metrics import Measured
from ssedrill.model.numbers import Numbers, Recovery, RetryAfter
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog, WireJournal

PEAK_S = 0.1
"""Within so short a time a server feels requests as if they came at once."""


@dataclass(frozen=True, slots=True)
class RunMeasured:
    """The calls of a run, and the wire that they share."""

    wire: WireJournal  # of the client
    calls: Sequence[Measured]
    closed_by_exit: bool = False  # the client's end closes its connections, whatever it does: it is a program

    @property
    def connections(self) -> int:
        """How many connections the client has opened."""
        return len(self.wire.connections)

    @property
    def open_connections(self) -> int | None:
        """How many of them neither side had closed when the client was gone: what it has left behind.

        Of a program, how many were held when its last call was over, while it lived; None if nobody looked then.
        Those that it keeps for its next call are none of them: it was not told yet that there is none.
        """
        if not self.closed_by_exit:
            return sum(one.how == "drill-end" for one in self.wire.connections)
        looked = [one.held for one in self.wire.connections]
        return None if None in looked else sum(map(bool, looked))

    @property
    def retry_spread_s(self) -> float | None:
        """The time between the first and the last of the calls' first retries; None if fewer than two retried."""
        times = self._first_retries()
        return round(times[-1] - times[0], 6) if len(times) > 1 else None

    @property
    def retry_peak(self) -> int | None:
        """The most of them within PEAK_S; None if fewer than two retried."""
        times = self._first_retries()
        if len(times) < 2:
            return None
        return max(bisect_right(times, start + PEAK_S) - i for i, start in enumerate(times))

    @property
    def broken_calls(self) -> int:
        """How many calls met a fault that they had to come back from; to be led elsewhere is none."""
        return sum(any(fault.breaking and fault.reached for fault in _but_redirects(call)) for call in self.calls)

    def _first_retries(self) -> list[float]:
        """Return when each call asked again for the first time, in order."""
        found = (next((later.t for later in _asked_again(call.wire)), None) for call in self.calls)
        return sorted(t for t in found if t is not None)

    @property
    def of_no_call(self) -> list[AttemptLog]:
        """The requests of which it can't be told to which call they belong."""
        return [one for one in self.wire.attempts if not one.call]

    @property
    def whose(self) -> str:
        """Say of which request it can't be told to which call it belongs; empty if there is none."""
        lost = next((one for one in self.of_no_call if one.kind.is_attempt), None)
        if lost is None:
            return ""
        return f"whose request? the one at {lost.t:.3f} s names no call, and several were open, or none"


def _but_redirects(call: Measured) -> Iterator[FaultMet]:
    led = {attempt.number for attempt in call.wire.attempts if attempt.plan.redirects}
    return (fault for fault in call.faults if fault.attempt not in led)


def _asked_again(wire: WireJournal) -> Iterator[AttemptLog]:
    """Give the tries of a call that came after another: requests, and connections that a door turned away.

    Who was turned away while nobody listened asks again when it comes next; when it knocked is not known. Who goes
    where a redirect leads does not ask again.
    """
    tries = [one for one in wire.attempts if one.is_request or (one.kind is RequestKind.DOOR and one.evidence)]
    return (later for before, later in pairwise(tries) if later.conn and not before.plan.redirects)


def combined(numbers: Sequence[Numbers], elapsed_s: float) -> Numbers:
    """Return the numbers of several calls as those of their run: counts together, times at their worst."""
    recovery = max((one.recovery for one in numbers), key=lambda one: one.total_s or 0.0, default=Recovery())
    waits = max((one.retry_after for one in numbers), key=lambda one: one.asked_s or 0.0, default=RetryAfter())
    together = Numbers(recovery=recovery, retry_after=waits, elapsed_s=round(elapsed_s, 6))
    for name in COUNTS:
        setattr(together, name, sum(getattr(one, name) for one in numbers))
    for name in TIMES:
        setattr(together, name, _most([getattr(one, name) for one in numbers]))
    return together


COUNTS = tuple(one.name for one in fields(Numbers) if type(one.default) is int)
TIMES = ("ttft_s", "longest_silence_s")


def _most(values: Sequence[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
