"""Numbers from two journals and a scenario; pure.

Times are seconds since the run began. A number that the journals can't give is None, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ssedrill.judging.faults_met import FaultMet, faults_met
from ssedrill.judging.ledger import Ledger, build_ledger
from ssedrill.model.numbers import Numbers, Recovery, RetryAfter
from ssedrill.model.record import (
    AttemptLog,
    Claim,
    ErrorSeen,
    Played,
    TokenEntry,
    TokenJournal,
    WireJournal,
)
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Scenario
from ssedrill.model.token_mark import TokenMark
from ssedrill_faults.plan import CloseOnAccept, Fin, HalfClose, Refuse, Reset, Role, Write


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run's journals say: the claim, the ledger, the faults that were met, and all numbers."""

    claim: Claim
    error: ErrorSeen | None
    ledger: Ledger
    faults: tuple[FaultMet, ...]
    numbers: Numbers
    overslept_s: float | None  # the most by which a wait that was asked for was exceeded
    broke_retry_after_s: float | None  # the most by which one was cut short


def measure(scenario: Scenario, wire: WireJournal, tokens: TokenJournal, ended_t: float) -> Measured:
    """Measure a run that the harness ended at ``ended_t``, in seconds since it began."""
    claim, claimed = claim_of(tokens)
    served = {attempt.plan.generation for attempt in wire.attempts if attempt.plan.generation}
    stream = scenario.stream
    ledger = build_ledger(tokens, claim=claim, expected=stream.tokens, flavour=stream.text, served=served)
    elapsed = claimed.t if claimed else tokens.stopped_t if tokens.stopped_t is not None else ended_t
    faults = tuple(faults_met(wire, elapsed))
    asked = _waits_asked(wire)
    kept = [(wait, waited) for wait, waited in asked if waited is not None]
    longest = max(asked, key=lambda pair: pair[0], default=(None, None))
    requests = wire.requests
    first_text = ledger.firsts[0].t if ledger.firsts else None
    numbers = Numbers(
        requests=len(requests),
        retries=max(0, len(requests) - 1),
        withdrawn=ledger.counts[TokenMark.WITHDRAWN],
        duplicates=ledger.counts[TokenMark.DUPLICATE],
        lost=len(ledger.lost),
        reordered=ledger.counts[TokenMark.REORDERED],
        corrupted=ledger.counts[TokenMark.CORRUPTED],
        spliced=ledger.counts[TokenMark.SPLICED],
        wasted_tokens=_wasted(wire, ledger),
        recovery=_worst_recovery(faults, wire, tokens, ledger),
        retry_after=RetryAfter(_round(longest[0]), _round(longest[1])),
        gaps_s=[round(later.t - _end(earlier), 6) for earlier, later in pairwise(requests)],
        ttft_s=_round(first_text - requests[0].t) if first_text is not None and requests else None,
        longest_silence_s=_round(max((_silence(a, wire, elapsed) for a in wire.attempts), default=None)),
        elapsed_s=round(elapsed, 6),
    )
    return Measured(
        claim=claim,
        error=ErrorSeen(claimed.error_class, claimed.text) if claimed and claimed.kind == "error" else None,
        ledger=ledger,
        faults=faults,
        numbers=numbers,
        overslept_s=_round(max((waited - wait for wait, waited in kept), default=None)),
        broke_retry_after_s=_round(max((wait - waited for wait, waited in kept), default=None)),
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
    return sum(len(op.tokens) for _, op in _writes(attempt))


def _wasted(wire: WireJournal, ledger: Ledger) -> int:
    """Return how many tokens were produced that are not part of what the application was left with."""
    whole = sum(
        ledger.expected - (attempt.plan.first_token or 1) + 1
        for attempt in wire.attempts
        if attempt.kind is RequestKind.WHOLE and _answered(attempt)
    )
    produced = whole + sum(_tokens_written(attempt) for attempt in wire.attempts)
    return max(0, produced - len(set(ledger.numbers)))


def _answered(attempt: AttemptLog) -> bool:
    return attempt.plan.status == 200 and attempt.done_t is not None


def _waits_asked(wire: WireJournal) -> list[tuple[float, float | None]]:
    """Return (asked, really waited) for each answer that asked for a wait; None if no request followed.

    A client knows of it when the head has come, however long that was held back.
    """
    requests = wire.requests
    asked = []
    for i, attempt in enumerate(requests):
        heads = [played.t for played, op in _writes(attempt) if op.role is Role.HEAD]
        if attempt.plan.retry_after_s is None or not heads:
            continue
        following = requests[i + 1] if i + 1 < len(requests) else None
        asked.append((attempt.plan.retry_after_s, following.t - heads[-1] if following else None))
    return asked


def _writes(attempt: AttemptLog) -> list[tuple[Played, Write]]:
    return [(played, op) for played in attempt.played if isinstance(op := attempt.plan.ops[played.op], Write)]


def over_t(attempt: AttemptLog) -> float | None:
    """Return when an answer was over on the wire: its last byte, or its ending; None if it never was."""
    if not attempt.played:
        return None
    last = attempt.played[-1]
    ended = isinstance(attempt.plan.ops[last.op], Fin | HalfClose | Reset)
    whole = len(attempt.played) == len(attempt.plan.ops) and isinstance(attempt.plan.ops[last.op], Write)
    return last.t if ended or whole else None


def _end(attempt: AttemptLog) -> float:
    """Return when an attempt was over for its client: its last byte or ending, or the moment the client left."""
    over = over_t(attempt)
    if over is not None:
        return over
    if attempt.left_t is not None:
        return attempt.left_t
    return attempt.played[-1].t if attempt.played else attempt.t


def _silence(attempt: AttemptLog, wire: WireJournal, elapsed: float) -> float:
    """Return the longest time for which the client sat before this attempt's answer and had nothing to read.

    It sits there until the answer is over, until it leaves, or until it asks for the answer again; and never while
    there is no connection: while it is refused, or after it was closed at the door.
    """
    if isinstance(attempt.plan.door, Refuse | CloseOnAccept):
        return 0.0
    asked_again = [a.t for a in wire.attempts if a.number > attempt.number and a.kind.asks_for_answer]
    left = [] if attempt.left_t is None else [attempt.left_t]
    moved_on = min([elapsed, *left, *asked_again])
    over = over_t(attempt)
    times = [attempt.t, *(played.t for played, _ in _writes(attempt)), moved_on if over is None else over]
    return max((later - earlier for earlier, later in pairwise(min(t, moved_on) for t in times)), default=0.0)


def _worst_recovery(
    faults: tuple[FaultMet, ...], wire: WireJournal, tokens: TokenJournal, ledger: Ledger
) -> Recovery:
    met = [fault for fault in faults if fault.breaking and fault.reached]
    found = [recovery for fault in met if (recovery := _recovery(fault, wire, tokens, ledger))]
    return max(found, key=lambda recovery: recovery.total_s or 0.0, default=Recovery())


def _recovery(fault: FaultMet, wire: WireJournal, tokens: TokenJournal, ledger: Ledger) -> Recovery | None:
    """Measure the way back from one fault, or return None if no new text followed it.

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
    later = [a for a in wire.requests if a.number > fault.attempt and fault.t <= a.t <= news.t]
    if not later:  # the same answer went on: a pause, or a fault that the client never noticed
        return Recovery(total_s=round(news.t - fault.t, 6))
    answering = later[-1]
    reaction = min(
        [later[0].t]
        + [e.t for e in tokens.entries if e.kind in ("retry", "restart", "error") and e.t >= fault.t]
        + [a.left_t for a in wire.attempts if a.left_t is not None and a.left_t >= fault.t]
    )
    first_byte = next((played.t for played, _ in _writes(answering)), answering.t)
    first_byte = min(first_byte, news.t)
    return Recovery(
        total_s=round(news.t - fault.t, 6),
        detect_s=round(reaction - fault.t, 6),
        wait_s=round(answering.t - reaction, 6),
        connect_s=round(first_byte - answering.t, 6),
        first_token_s=round(news.t - first_byte, 6),
    )
