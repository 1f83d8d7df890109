"""Numbers from two journals and a scenario; pure.

Times are seconds since the run began. A number that the journals can't give is None, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ssedrill.faultsmet import FaultMet, faults_met
from ssedrill.ledger import Ledger, lay
from ssedrill.record import (
    AttemptLog,
    Claim,
    ErrorSeen,
    Recovery,
    RetryAfter,
    TokenEntry,
    TokenJournal,
    WireJournal,
)
from ssedrill.scenario import Scenario
from ssedrill_faults.plan import Silence, Write


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything that is measured in one run."""

    claim: Claim
    ledger: Ledger
    faults: tuple[FaultMet, ...]
    requests: int
    wasted_tokens: int
    recovery: Recovery
    retry_after: RetryAfter
    overslept_s: float | None  # the most by which a wait that was asked for was exceeded
    broke_retry_after_s: float | None  # the most by which one was cut short
    gaps_s: list[float]
    ttft_s: float | None
    longest_silence_s: float | None
    elapsed_s: float
    error: ErrorSeen | None

    @property
    def retries(self) -> int:
        """Requests after the first."""
        return max(0, self.requests - 1)


def measure(scenario: Scenario, wire: WireJournal, tokens: TokenJournal, ended_t: float) -> Numbers:
    """Measure a run that the harness ended at ``ended_t``."""
    claim, claimed = claim_of(tokens)
    served = {attempt.plan.generation for attempt in wire.attempts if attempt.plan.generation}
    ledger = lay(tokens, claim=claim, expected=scenario.stream.tokens, text=scenario.stream.text, served=served)
    elapsed = claimed.t if claimed else tokens.stopped_t if tokens.stopped_t is not None else ended_t
    faults = tuple(faults_met(wire, elapsed))
    asked = _waits_asked(wire)
    kept = [(wait, waited) for wait, waited in asked if waited is not None]
    longest = max(asked, key=lambda pair: pair[0], default=(None, None))
    requests = [attempt for attempt in wire.attempts if attempt.method]
    first_text = ledger.firsts[0].t if ledger.firsts else None
    return Numbers(
        claim=claim,
        ledger=ledger,
        faults=faults,
        requests=len(requests),
        wasted_tokens=_wasted(wire, ledger),
        recovery=_worst_recovery(faults, wire, tokens, ledger),
        retry_after=RetryAfter(_round(longest[0]), _round(longest[1])),
        overslept_s=_round(max((waited - wait for wait, waited in kept), default=None)),
        broke_retry_after_s=_round(max((wait - waited for wait, waited in kept), default=None)),
        gaps_s=[round(later.t - _end(earlier), 6) for earlier, later in pairwise(requests)],
        ttft_s=_round(first_text - requests[0].t) if first_text is not None and requests else None,
        longest_silence_s=_round(max((_silence(a, elapsed) for a in wire.attempts), default=None)),
        elapsed_s=round(elapsed, 6),
        error=ErrorSeen(claimed.error_class, claimed.text) if claimed and claimed.kind == "error" else None,
    )


def claim_of(tokens: TokenJournal) -> tuple[Claim, TokenEntry | None]:
    """Return what the client told its application first, and the entry that says so."""
    for entry in tokens.entries:
        if entry.kind == "done":
            return Claim.COMPLETE, entry
        if entry.kind == "error":
            return Claim.ERROR, entry
    return Claim.NONE, None


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _tokens_written(attempt: AttemptLog) -> int:
    written = (attempt.plan.ops[played.op] for played in attempt.played)
    return sum(len(op.tokens) for op in written if isinstance(op, Write))


def _wasted(wire: WireJournal, ledger: Ledger) -> int:
    """Return how many tokens were produced that are not part of what the application was left with."""
    whole = sum(ledger.expected for attempt in wire.attempts if attempt.kind == "whole" and _answered(attempt))
    produced = whole + sum(_tokens_written(attempt) for attempt in wire.attempts)
    return max(0, produced - len(set(ledger.numbers)))


def _answered(attempt: AttemptLog) -> bool:
    return attempt.plan.status == 200 and attempt.done_t is not None


def _waits_asked(wire: WireJournal) -> list[tuple[float, float | None]]:
    """Return (asked, really waited) for each answer that asked for a wait; None where no request followed."""
    requests = [attempt for attempt in wire.attempts if attempt.method]
    asked = []
    for i, attempt in enumerate(requests):
        if attempt.plan.retry_after_s is None or not attempt.played:
            continue
        following = requests[i + 1] if i + 1 < len(requests) else None
        asked.append((attempt.plan.retry_after_s, following.t - attempt.played[0].t if following else None))
    return asked


def _end(attempt: AttemptLog) -> float:
    """Return when an attempt was over for its client: its last byte or ending, or the moment the client left."""
    if not attempt.played:
        return attempt.left_t if attempt.left_t is not None else attempt.t
    last = attempt.played[-1]
    if isinstance(attempt.plan.ops[last.op], Silence) and attempt.left_t is not None:
        return attempt.left_t
    return last.t


def _silence(attempt: AttemptLog, elapsed: float) -> float:
    """Return the longest time for which the client had nothing to read while this attempt was being answered."""
    ops = attempt.plan.ops
    writes = [played.t for played in attempt.played if isinstance(ops[played.op], Write)]
    finished = len(attempt.played) == len(ops) and not (ops and isinstance(ops[-1], Silence)) and bool(ops)
    times = [attempt.t, *writes]
    if not finished:
        times.append(min(attempt.left_t if attempt.left_t is not None else elapsed, elapsed))
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


def _worst_recovery(
    faults: tuple[FaultMet, ...], wire: WireJournal, tokens: TokenJournal, ledger: Ledger
) -> Recovery:
    met = [fault for fault in faults if fault.breaking and fault.reached]
    found = [recovery for fault in met if (recovery := _recovery(fault, wire, tokens, ledger))]
    return max(found, key=lambda recovery: recovery.total_s or 0.0, default=Recovery())


def _recovery(fault: FaultMet, wire: WireJournal, tokens: TokenJournal, ledger: Ledger) -> Recovery | None:
    """Measure the way back from one fault, or return None where no new text followed it.

    New is what had not been written when the fault struck: a token that was on its way by then may well be shown
    after it, and proves nothing.
    """
    on_its_way = {
        number
        for attempt in wire.attempts
        for played in attempt.played
        if played.t <= fault.t
        for number in getattr(attempt.plan.ops[played.op], "tokens", ())
    }
    news = next((t for t in ledger.firsts if t.t >= fault.t and t.number not in on_its_way), None)
    if news is None:
        return None
    later = [a for a in wire.attempts if a.method and a.number > fault.attempt and fault.t <= a.t <= news.t]
    if not later:  # the same answer went on: a pause, or a fault that the client never noticed
        return Recovery(total_s=round(news.t - fault.t, 6))
    answering = later[-1]
    reaction = min(
        [later[0].t]
        + [e.t for e in tokens.entries if e.kind in ("retry", "restart", "error") and e.t >= fault.t]
        + [a.left_t for a in wire.attempts if a.left_t is not None and a.left_t >= fault.t]
    )
    first_byte = next((p.t for p in answering.played if isinstance(answering.plan.ops[p.op], Write)), answering.t)
    first_byte = min(first_byte, news.t)
    return Recovery(
        total_s=round(news.t - fault.t, 6),
        detect_s=round(reaction - fault.t, 6),
        wait_s=round(answering.t - reaction, 6),
        connect_s=round(first_byte - answering.t, 6),
        first_token_s=round(news.t - first_byte, 6),
    )
