"""How long the application waited for new text after a fault, and where the time went."""

from __future__ import annotations

from collections.abc import Iterable

from ssedrill.judging.faults_met import FaultMet, under_way_before
from ssedrill.judging.ledger import Ledger
from ssedrill.judging.written import Written, writes
from ssedrill.model.numbers import Recovery
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import WireJournal


def worst_recovery(
    faults: Iterable[FaultMet], wire: WireJournal, tokens: TokenJournal, ledger: Ledger, written: Written
) -> Recovery:
    """Return the longest way back of all faults that broke the answer; empty if there was none."""
    redirects = {attempt.number for attempt in wire.attempts if attempt.plan.redirects}
    met = [fault for fault in faults if fault.breaking and fault.counts and fault.attempt not in redirects]
    found = [recovery for fault in met if (recovery := _recovery(fault, wire, tokens, ledger, written))]
    return max(found, key=lambda recovery: recovery.total_s or 0.0, default=Recovery())


def _recovery(
    fault: FaultMet, wire: WireJournal, tokens: TokenJournal, ledger: Ledger, written: Written
) -> Recovery | None:
    """Measure the way back from one fault, or return None if no new text followed it.

    New is what can have come from a request that the fault was the reason for, or had not been written when it
    struck: a token that was on its way by then may well be shown after it, and proves nothing.
    """
    before = under_way_before(fault, wire)
    on_its_way = written.numbers(fault.t, before)
    news = next(
        (
            one
            for one in ledger.firsts
            if one.t >= fault.t and (one.number not in on_its_way or not before.issuperset(one.sources))
        ),
        None,
    )
    if news is None:
        return None
    later = [a for a in wire.requests if a.number not in before and a.t <= news.t]
    if not later:  # the same answer went on: a pause, or a fault that the client never noticed
        return Recovery(total_s=round(news.t - fault.t, 6))
    answering = later[-1]
    reaction = min(
        [later[0].t]
        + [e.t for e in tokens.entries if e.kind in ("retry", "restart", "error") and e.t >= fault.t]
        + [a.left_t for a in wire.attempts if a.left_t is not None and a.left_t >= fault.t]
    )
    first_byte = next((played.t for played, _ in writes(answering)), answering.t)
    first_byte = min(first_byte, news.t)
    return Recovery(
        total_s=round(news.t - fault.t, 6),
        detect_s=round(reaction - fault.t, 6),
        wait_s=round(answering.t - reaction, 6),
        connect_s=round(first_byte - answering.t, 6),
        first_token_s=round(news.t - first_byte, 6),
    )
