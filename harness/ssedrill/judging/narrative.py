"""One sentence that says what happened in a run, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ssedrill.judging.attempts import end_of
from ssedrill.judging.faults_met import FaultMet
from ssedrill.judging.ledger import Ledger
from ssedrill.judging.metrics import Measured
from ssedrill.judging.recovery import longest_way
from ssedrill.model.numbers import Numbers
from ssedrill.model.phrases import listed, plural, ranges
from ssedrill.model.record import Check, ErrorSeen, Outcome, RecoveredBy, Status, Verdict
from ssedrill.model.scenario import RUN_PREFIX
from ssedrill.model.token_mark import TokenMark
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import Role, Write


def summarize(
    outcome: Outcome,
    measured: Measured,
    wire: WireJournal,
    *,
    untested: str | None,
    how: RecoveredBy | None,
) -> str:
    """Return the sentence for a run; ``how`` is the way of its recovery, ``untested`` why it proves nothing."""
    ledger, numbers = measured.ledger, measured.numbers
    shown, all_ = len(set(ledger.numbers)), ledger.expected
    tokens_in_all, requests = plural(all_, "token"), plural(numbers.requests, "request")
    way = longest_way(way for way in measured.ways_back if way.by_request)
    fault = way.fault if way else _last_before_the_end(measured.faults, wire)
    match outcome:
        case Outcome.CLEAN:
            asked = "one request" if numbers.requests == 1 else requests
            what = "the one token, once," if all_ == 1 else f"all {all_} tokens, once and in order,"
            if ledger.left_out or [token.number for token in ledger.shown] != list(range(1, all_ + 1)):
                what = f"{shown} of {tokens_in_all}, just as the server sent them,"
            return f"showed {what} in {asked}"
        case Outcome.CANCELLED:
            over = _s(measured.cancel.over_s or 0.0) if measured.cancel else ""
            return f"was over {over} after it was told to stop, at {shown} of {tokens_in_all}; {requests}"
        case Outcome.RECOVERED:
            took = f", new text {_s(way.total_s)} after it" if way else ""
            sent = f"; {shown} of {tokens_in_all}, as the server sent them" if ledger.left_out else ""
            return f"{_how(how, numbers.withdrawn)} after {_name(fault)}{took}; {requests}{sent}"
        case Outcome.DEGRADED:
            back = "did not stream at all" if numbers.requests == 1 else "fell back to a non-streaming request"
            return f"{f'{back} after {_name(fault)}' if fault and numbers.requests > 1 else back}; {requests}"
        case Outcome.FAILED_LOUDLY:
            right = ", all of them right" if shown > 1 else ", which was right" if shown else ""
            return f"raised {_error(measured.error)} after {shown} of {tokens_in_all}{right}; {requests}"
        case Outcome.FAILED_DIRTY if measured.cancel is not None:
            return f"was told to stop, and had {_flaws(numbers, ledger, perfect=True)} by then"
        case Outcome.FAILED_DIRTY:
            return f"raised {_error(measured.error)}, but had {_flaws(numbers, ledger, perfect=True)} by then"
        case Outcome.TRUNCATED_SILENTLY:
            later = len(set(ledger.lost) & set(ledger.numbers))
            also = [f"showed {later} of them after that"] if later else []
            also += [f"also {flaws}"] if (flaws := _flaws(numbers, ledger, lost=False)) else []
            told = f"told the application that the answer was complete with {numbers.lost} of {tokens_in_all} missing"
            return f"{told} ({ranges(ledger.lost, most=4)})" + (f"; it {listed(also)}" if also else "")
        case Outcome.DUPLICATED | Outcome.SPLICED | Outcome.CORRUPTED:
            return f"{_flaws(numbers, ledger)}{_after_retry(ledger, wire)} and called the answer complete"
        case Outcome.HUNG if measured.cancel is not None:
            over_s = measured.cancel.over_s
            late = "had not ended by the deadline" if over_s is None else f"went on for {_s(over_s)}"
            return f"{late} after it was told to stop, at {shown} of {tokens_in_all}; {requests}"
        case Outcome.HUNG:
            by = _s(numbers.elapsed_s)
            return f"had not ended by the deadline ({by}), after {shown} of {tokens_in_all}; {requests}"
        case Outcome.LOOPING:
            tries = len(wire.attempts)
            if tries > numbers.requests:  # a door turned some of them away
                return f"tried {tries} times without an end and was stopped; {requests}"
            return f"made {requests} without an end and was stopped"
        case Outcome.CRASHED:
            raised = "" if measured.error is None else f", having raised {_error(measured.error)}"
            died = "broke its own process" if raised else "died without a word to its application"
            return f"{died} ({measured.crashed}), after {shown} of {tokens_in_all}{raised}"
        case Outcome.UNSUPPORTED:
            return measured.unsupported or "says it can't do this"
        case Outcome.NOT_TESTED:
            if measured.error:
                return f"proves nothing: {untested}; the client raised {_error(measured.error)}"
            died = f"; the client died ({measured.crashed})" if measured.crashed else ""
            return f"proves nothing: {untested}{died}"


def _last_before_the_end(faults: Sequence[FaultMet], wire: WireJournal) -> FaultMet | None:
    """Return the last fault that broke an answer before the last one, or the first of all if there is none."""
    met = [one for one in faults if one.breaking and one.counts]
    last = max((request.number for request in wire.requests), default=0)
    return next((one for one in reversed(met) if one.attempt < last), next(iter(met), None))


def broken_by_run(checks: Sequence[Check], verdict: Verdict) -> str:
    """Say what was broken in a whole run, of what made its verdict what it is; "" if nothing was."""
    broken = [check for check in checks if check.status is Status.BROKEN and check.verdict is verdict]
    return listed([_bound(one) if one.id.startswith(RUN_PREFIX) else one.got for one in broken])


def _bound(check: Check) -> str:
    return f"{check.id} was {check.got}, and {check.severity} be {check.expected}"


def _s(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _name(fault: FaultMet | None) -> str:
    return "the failure" if fault is None else f"{fault.name.replace('_', ' ')} at {_s(fault.t)}"


def _how(how: RecoveredBy | None, withdrawn: int) -> str:
    match how:
        case RecoveredBy.RESUMED:
            return "resumed at its cursor"
        case RecoveredBy.CONTINUED:
            return "continued from the partial answer"
        case RecoveredBy.RESTARTED:
            kept = f"withdrawing {plural(withdrawn, 'token')}" if withdrawn else "showing only what was new"
            return f"started over, {kept},"
        case RecoveredBy.HELD_BACK:
            return "started over, having held the text back,"
        case RecoveredBy.RETRIED | None:
            return "asked again"


def _error(error: ErrorSeen | None) -> str:
    if error is None:
        return "an error"
    message = " ".join(error.message.split())
    message = message if len(message) <= 90 else message[:87] + "..."
    if message.endswith(".") and not message.endswith("..."):
        message = message[:-1]  # our sentence goes on
    return f"{error.error_class}: {message}" if message else error.error_class


def _flaws(numbers: Numbers, ledger: Ledger, *, lost: bool = True, perfect: bool = False) -> str:
    """Say what was wrong with what was shown, as what a client did or, ``perfect``, had done."""
    showed = "shown" if perfect else "showed"
    flaws = []
    if numbers.spliced:
        flaws.append(f"put together two different answers ({plural(numbers.spliced, 'token')} from another one)")
    if numbers.duplicates:
        flaws.append(f"{showed} {_again(numbers, ledger)}")
    if numbers.corrupted:
        flaws.append(f"{showed} {plural(numbers.corrupted, 'damaged or foreign piece')} of text")
    if numbers.reordered:
        flaws.append(f"{showed} {plural(numbers.reordered, 'token')} out of order")
    if lost and numbers.lost:
        flaws.append(f"lost {plural(numbers.lost, 'token')}")
    return ", ".join(flaws)


def _again(numbers: Numbers, ledger: Ledger) -> str:
    """Say which tokens were shown more than once, and how often, if that is more than twice."""
    times = Counter(token.number for token in ledger.shown if TokenMark.DUPLICATE in token.marks)
    most = max(times.values(), default=1)
    words = " in other words" if numbers.spliced else ""
    if most < 2:
        return f"{plural(numbers.duplicates, 'token')} {f'again{words}' if words else 'twice'}"
    each = "" if len(set(times.values())) == 1 else "up to "
    return f"{plural(len(times), 'token')} again{words}, {each}{most} times"


_TEXT = (Role.DELTA, Role.BODY, Role.ERROR)


def _after_retry(ledger: Ledger, wire: WireJournal) -> str:
    """Say after which retry a text went wrong: the last one before its first flaw was shown.

    Of what happens at one moment, a retry came before the flaw only if some text of its answer had come. What was
    asked while all answers before it were under way is no retry.
    """
    flaw = ledger.first_flaw
    if flaw is None:
        return ""
    before = [attempt for attempt in wire.requests if attempt.t < flaw.t or _text_began(attempt, by=flaw.t)]
    if len(before) < 2:
        return ""
    *earlier, last = before
    what = "retry" if any(end_of(attempt) <= last.t for attempt in earlier) else "further request"
    return f" after the {what} at {_s(last.t)}"


def _text_began(attempt: AttemptLog, *, by: float) -> bool:
    """Tell whether anything that can be taken for text had been written by then."""
    for played in attempt.played:
        op = attempt.plan.ops[played.op]
        if isinstance(op, Write) and (op.tokens or op.role in _TEXT):
            return played.t <= by
    return False
