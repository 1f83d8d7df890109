"""One sentence that says what happened in a run, in plain words."""

from __future__ import annotations

from ssedrill.faultsmet import FaultMet
from ssedrill.metrics import Numbers
from ssedrill.record import Outcome, TokenJournal, WireJournal


def tell(
    outcome: Outcome,
    numbers: Numbers,
    wire: WireJournal,
    tokens: TokenJournal,
    *,
    untested: str | None,
    how: str | None,
) -> str:
    """Return the sentence for a run; ``how`` is the way of its recovery, ``untested`` why it proves nothing."""
    ledger = numbers.ledger
    shown, all_ = len(set(ledger.numbers)), ledger.expected
    fault = next((met for met in numbers.faults if met.breaking and met.reached), None)
    match outcome:
        case Outcome.CLEAN:
            return f"showed all {all_} tokens, once and in order, in one request"
        case Outcome.RECOVERED:
            took = "" if numbers.recovery.total_s is None else f", new text {_s(numbers.recovery.total_s)} after it"
            return f"{_how(how, len(ledger.withdrawn))} after {_name(fault)}{took}; {_requests(numbers)}"
        case Outcome.DEGRADED:
            return f"fell back to a non-streaming request after {_name(fault)}; {_requests(numbers)}"
        case Outcome.FAILED_LOUDLY:
            return f"raised {_error(numbers)} after {shown} of {all_} tokens, all of them right; {_requests(numbers)}"
        case Outcome.FAILED_DIRTY:
            return f"raised {_error(numbers)}, but had {_flaws(numbers)} by then"
        case Outcome.TRUNCATED_SILENTLY:
            also = f"; it also {_flaws(numbers, lost=False)}" if _flaws(numbers, lost=False) else ""
            return (
                f"told the application that the answer was complete with {ledger.lost} of {all_} tokens missing "
                f"({ranges(sorted(set(range(1, all_ + 1)) - set(ledger.numbers)), most=4)}){also}"
            )
        case Outcome.DUPLICATED | Outcome.SPLICED | Outcome.CORRUPTED:
            return f"{_flaws(numbers)}{_after_retry(wire)} and called the answer complete"
        case Outcome.HUNG:
            by = _s(numbers.elapsed_s)
            return f"had not ended by the deadline ({by}), after {shown} of {all_} tokens; {_requests(numbers)}"
        case Outcome.LOOPING:
            return f"made {numbers.requests} requests without an end and was stopped"
        case Outcome.CRASHED:
            return f"died without a word to its application ({tokens.crashed}), after {shown} of {all_} tokens"
        case Outcome.UNSUPPORTED:
            return next((e.text for e in tokens.entries if e.kind == "unsupported"), "") or "says it can't do this"
        case Outcome.NOT_TESTED:
            if numbers.error:
                return f"proves nothing: {untested}; the client raised {_error(numbers)}"
            died = f"; the client died ({tokens.crashed})" if tokens.crashed else ""
            return f"proves nothing: {untested}{died}"


def _s(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _tokens(count: int) -> str:
    return f"{count} token{'' if count == 1 else 's'}"


def _requests(numbers: Numbers) -> str:
    return f"{numbers.requests} request{'' if numbers.requests == 1 else 's'}"


def _name(fault: FaultMet | None) -> str:
    return "the failure" if fault is None else f"{fault.name.replace('_', ' ')} at {_s(fault.t)}"


def _how(how: str | None, withdrawn: int) -> str:
    match how:
        case "resumed":
            return "resumed at its cursor"
        case "continued":
            return "continued from the partial answer"
        case "restarted":
            return f"started over, withdrawing {_tokens(withdrawn)},"
        case "held-back":
            return "started over, having held the text back,"
        case _:
            return "asked again"


def _error(numbers: Numbers) -> str:
    if numbers.error is None:
        return "an error"
    message = " ".join(numbers.error.message.split())
    message = message if len(message) <= 90 else message[:87] + "..."
    return f"{numbers.error.error_class}: {message}" if message else numbers.error.error_class


def _flaws(numbers: Numbers, *, lost: bool = True) -> str:
    ledger = numbers.ledger
    flaws = []
    if ledger.spliced:
        flaws.append(f"put together two different answers ({_tokens(ledger.spliced)} from another one)")
    if ledger.duplicates:
        twice = "twice" if not ledger.spliced else "again in other words"
        flaws.append(f"showed {_tokens(ledger.duplicates)} {twice}")
    if ledger.corrupted:
        plural = "" if ledger.corrupted == 1 else "s"
        flaws.append(f"showed {ledger.corrupted} damaged or foreign piece{plural} of text")
    if ledger.reordered:
        flaws.append(f"showed {_tokens(ledger.reordered)} out of order")
    if lost and ledger.lost:
        flaws.append(f"lost {_tokens(ledger.lost)}")
    return ", ".join(flaws)


def _after_retry(wire: WireJournal) -> str:
    requests = [attempt for attempt in wire.attempts if attempt.method]
    return f" after the retry at {_s(requests[1].t)}" if len(requests) > 1 else ""


def ranges(numbers: list[int], most: int | None = None) -> str:
    """Fold ascending numbers, 3, 4, 5, 9 into ``3-5, 9``; a list of more than ``most`` such parts is cut short."""
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    words = [str(a) if a == b else f"{a}-{b}" for a, b in spans[:most]]
    return ", ".join([*words, "..."] if len(spans) > len(words) else words)
