"""Numbers from two journals and a scenario; pure.

Times are seconds since the run began. A number that the journals can't give is None, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ssedrill.judging.attempts import end_of
from ssedrill.judging.cancelled import cancel_numbers
from ssedrill.judging.claimed import claimed_by
from ssedrill.judging.conditions import never_came
from ssedrill.judging.credentials import credentials_dropped
from ssedrill.judging.faults_met import FaultMet, behind_the_end, counted, faults_met, why_not_tested
from ssedrill.judging.ledger import Ledger, build_ledger
from ssedrill.judging.reads import NO_READS, Reads
from ssedrill.judging.recovery import WayBack, longest_way, ways_back
from ssedrill.judging.silence import longest_silence
from ssedrill.judging.waits import waits_asked
from ssedrill.judging.written import writes, written_on
from ssedrill.model.numbers import Numbers, Recovery, RetryAfter
from ssedrill.model.record import CancelNumbers, Claim, ErrorSeen
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Scenario
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.token_mark import TokenMark
from ssedrill.model.wire_journal import AttemptLog, WireJournal


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run's journals say: the claim, the ledger, the faults that were met, and all numbers."""

    claim: Claim
    error: ErrorSeen | None
    ledger: Ledger
    faults: tuple[FaultMet, ...]
    ways_back: tuple[WayBack, ...]
    numbers: Numbers
    overslept_s: float | None  # the most by which a wait that was asked for was exceeded
    broke_retry_after_s: float | None  # the most by which one was cut short
    unsupported: str | None  # what the client says it can't do, if it said so before it met a fault
    crashed: str | None  # how it died without a claim
    untested: str | None  # why the run proves nothing, if it does not
    credentials_dropped: str | None  # by which request; "" by none, None if no request could have
    cancel: CancelNumbers | None  # it was told to stop before it had claimed anything
    never_came: str | None  # why it did not meet a fault that is for requests of a kind
    behind_the_end: bool  # its faults all lay behind the end of an answer that was shown in full
    wire: WireJournal  # the client's own requests; with the other two for checks of what few scenarios ask for
    tokens: TokenJournal
    reads: Reads
    asked_nothing: bool = False  # what came of it came without a request, of a client that could have made one


def measure(
    scenario: Scenario,
    seen: WireJournal,
    tokens: TokenJournal,
    ended_t: float | None,
    *,
    numbered: bool = True,
    began_t: float = 0.0,
    reads: Reads = NO_READS,
    dialect: str = "",
    is_able: bool = False,
) -> Measured:
    """Measure a call that began at ``began_t`` and that the harness ended at ``ended_t``, in seconds of the run.

    ``seen`` may have requests that are not the client's; they are in no number. ``numbered`` tells whether the
    dialect lets a client know what comes twice, and what does not come, and ``dialect`` is its name, if it matters.
    ``is_able`` is as in ``claimed_by``.
    """
    wire = seen.of_client
    claimed = claimed_by(tokens, wire, is_able=is_able)
    claim, said, stream = claimed.claim, claimed.entry, scenario.stream
    written = written_on(wire, stream.text, numbered=numbered)
    ledger = build_ledger(
        tokens,
        claim=claim,
        expected=stream.tokens,
        flavour=stream.text,
        written=written,
        until=said if claim is Claim.ERROR else claimed.cancelled,
    )
    last = max((entry.t for entry in tokens.entries), default=began_t) if ended_t is None else ended_t
    elapsed = said.t if said else tokens.stopped_t if tokens.stopped_t is not None else last
    stop = claimed.cancelled
    cancel = None if stop is None else cancel_numbers(wire, tokens, stop, ended_t)
    faults = tuple(counted(faults_met(wire, elapsed), wire, ledger))
    faulted = any(attempt.faults for attempt in scenario.attempts)
    untested = why_not_tested(seen, elapsed, faulted=faulted, faults=faults)
    behind = claim is Claim.COMPLETE and behind_the_end(scenario, wire, elapsed)
    waits = waits_asked(wire)
    late_s = [wait.waited_s - wait.asked_s for wait in waits if wait.waited_s is not None]
    longest = max(waits, key=lambda wait: wait.asked_s, default=None)
    requests = wire.requests
    ways = ways_back(faults, wire, tokens, ledger, written)
    worst = longest_way(ways)
    firsts = ledger.firsts
    first_text = firsts[0].t if firsts else None
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
        recovery=worst.took if worst else Recovery(),
        retry_after=RetryAfter(_round(longest.asked_s), _round(longest.waited_s)) if longest else RetryAfter(),
        gaps_s=[round(later.t - end_of(earlier), 6) for earlier, later in pairwise(requests)],
        ttft_s=_round(first_text - requests[0].t) if first_text is not None and requests else None,
        longest_silence_s=_round(longest_silence(wire, firsts, elapsed if stop is None else stop.t)),
        elapsed_s=round(elapsed - began_t, 6),
    )
    return Measured(
        claim=claim,
        error=claimed.error,
        ledger=ledger,
        faults=faults,
        ways_back=ways,
        numbers=numbers,
        overslept_s=_round(max(late_s, default=None)),
        broke_retry_after_s=_round(max((-late for late in late_s), default=None)),
        unsupported=claimed.unsupported,
        crashed=claimed.crashed,
        untested=None if behind else untested,
        credentials_dropped=credentials_dropped(_at_home(wire) if scenario.server.fallback else wire),
        cancel=cancel,
        never_came=never_came(scenario, wire, faults, dialect),
        behind_the_end=behind,
        wire=wire,
        tokens=tokens,
        reads=reads,
    )


def _at_home(wire: WireJournal) -> WireJournal:
    """Return the requests that were not made to the fallback, for which a client has a key of its own."""
    return WireJournal(wire.connections, [attempt for attempt in wire.attempts if attempt.listener == 1])


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _tokens_written(attempt: AttemptLog) -> int:
    return sum(len(op.tokens) for _, op in writes(attempt))


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
