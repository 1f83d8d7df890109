"""How long the application waited for new text after a fault, and where the time went."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, takewhile

from ssedrill.judging.faults_met import FaultMet, Reasons
from ssedrill.judging.ledger import Ledger, Shown
from ssedrill.judging.written import Written, writes
from ssedrill.model.numbers import Recovery
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import WireJournal
from ssedrill_faults.plan import Fin, HalfClose, Reset


@dataclass(frozen=True, slots=True)
class WayBack:
    """How a client got over one fault."""

    fault: FaultMet
    took: Recovery
    ended: bool  # whether the fault ended the connection of its answer

    @property
    def total_s(self) -> float:
        """How long it took to new text."""
        return self.took.total_s or 0.0

    @property
    def by_request(self) -> bool:
        """Whether the client asked again; else the same answer went on."""
        return self.took.detect_s is not None


def longest_way(ways: Iterable[WayBack]) -> WayBack | None:
    """Return the longest of several ways back.

    Of faults at one moment it is the way of that which ended the connection: the client had gone past the others.
    """
    return max(ways, key=lambda way: (way.total_s, way.ended), default=None)


def ways_back(
    faults: Iterable[FaultMet], wire: WireJournal, tokens: TokenJournal, ledger: Ledger, written: Written
) -> tuple[WayBack, ...]:
    """Return the way back of each fault that broke the answer, if new text followed it."""
    redirects = {attempt.number for attempt in wire.attempts if attempt.plan.redirects}
    met = [fault for fault in faults if fault.breaking and fault.counts and fault.attempt not in redirects]
    ways = _Ways(wire, tokens, ledger, written)
    return tuple(WayBack(fault, took, ways.ended_by(fault)) for fault in met if (took := ways.back_from(fault)))


class _Ways:
    """The ways back from the faults of a run: there may be thousands of them, so each is looked up."""

    def __init__(self, wire: WireJournal, tokens: TokenJournal, ledger: Ledger, written: Written) -> None:
        self._written = written
        self._reasons = Reasons(wire)
        self._firsts = ledger.firsts
        self._requests = wire.requests
        self._ops = {attempt.number: attempt.plan.ops for attempt in wire.attempts}
        self._numbers = [request.number for request in self._requests]
        self._times = list(accumulate((request.t for request in self._requests), max))
        said = [e.t for e in tokens.entries if e.kind in ("retry", "restart", "error")]
        self._reactions = sorted([*said, *(a.left_t for a in wire.attempts if a.left_t is not None)])

    def back_from(self, fault: FaultMet) -> Recovery | None:
        """Measure the way back from one fault, or return None if no new text followed it."""
        news = next((one for one in self._firsts if one.t >= fault.t and self._is_new(one, fault)), None)
        if news is None:
            return None
        first = bisect_right(self._numbers, fault.attempt)
        behind = bisect_right(self._times, news.t)  # no request from here on came in time
        reacting = next((self._requests[i] for i in range(first, behind) if self._caused(fault, i)), None)
        if reacting is None:  # the same answer went on: a pause, or a fault that the client never noticed
            return Recovery(total_s=round(news.t - fault.t, 6))
        answering = next(self._requests[i] for i in reversed(range(first, behind)) if self._caused(fault, i))
        at = bisect_left(self._reactions, fault.t)
        reaction = min([reacting.t, *self._reactions[at : at + 1]])
        first_byte = next((played.t for played, _ in writes(answering)), answering.t)
        first_byte = min(first_byte, news.t)
        return Recovery(
            total_s=round(news.t - fault.t, 6),
            detect_s=round(reaction - fault.t, 6),
            wait_s=round(answering.t - reaction, 6),
            connect_s=round(first_byte - answering.t, 6),
            first_token_s=round(news.t - first_byte, 6),
        )

    def ended_by(self, fault: FaultMet) -> bool:
        """Tell whether a fault ended the connection of its answer."""
        return fault.op >= 0 and isinstance(self._ops[fault.attempt][fault.op], Fin | HalfClose | Reset)

    def _is_new(self, one: Shown, fault: FaultMet) -> bool:
        """Tell whether a token proves that the client got over a fault.

        It does if it can have come from a request that the fault was the reason for, or had not been written when it
        struck: a token that was on its way by then may well be shown after it, and proves nothing.
        """
        later = takewhile(lambda number: number > fault.attempt, reversed(one.sources))
        if any(self._reasons.can_be(fault, number) for number in later):
            return True
        return not self._written.had(one.number, fault.t, lambda number: not self._reasons.can_be(fault, number))

    def _caused(self, fault: FaultMet, at: int) -> bool:
        return self._reasons.can_be(fault, self._requests[at].number)
