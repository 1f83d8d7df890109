"""One sentence that says what happened in a run, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from ssedrill.judging.faults_met import FaultMet
from ssedrill.judging.ledger import Ledger, Shown
from ssedrill.judging.metrics import Numbers, requests_of
from ssedrill.model.record import AttemptLog, Outcome, TokenJournal, WireJournal
from ssedrill_faults.plan import Role, Write


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
            asked = "one request" if numbers.requests == 1 else _requests(numbers)
            what = "the one token, once," if all_ == 1 else f"all {all_} tokens, once and in order,"
            return f"showed {what} in {asked}"
        case Outcome.RECOVERED:
            took = "" if numbers.recovery.total_s is None else f", new text {_s(numbers.recovery.total_s)} after it"
            return f"{_how(how, len(ledger.withdrawn))} after {_name(fault)}{took}; {_requests(numbers)}"
        case Outcome.DEGRADED:
            after = f"fell back to a non-streaming request after {_name(fault)}" if fault else "did not stream at all"
            return f"{after}; {_requests(numbers)}"
        case Outcome.FAILED_LOUDLY:
            right = ", all of them right" if shown > 1 else ", which was right" if shown else ""
            return f"raised {_error(numbers)} after {shown} of {_tokens(all_)}{right}; {_requests(numbers)}"
        case Outcome.FAILED_DIRTY:
            return f"raised {_error(numbers)}, but had {_flaws(ledger, perfect=True)} by then"
        case Outcome.TRUNCATED_SILENTLY:
            later = len(set(ledger.missing) & set(ledger.numbers))
            also = [f"showed {later} of them after that"] if later else []
            also += [f"also {_flaws(ledger, lost=False)}"] if _flaws(ledger, lost=False) else []
            return (
                f"told the application that the answer was complete with {ledger.lost} of {_tokens(all_)} missing "
                f"({ranges(ledger.missing, most=4)})" + (f"; it {listed(also)}" if also else "")
            )
        case Outcome.DUPLICATED | Outcome.SPLICED | Outcome.CORRUPTED:
            return f"{_flaws(ledger)}{_after_retry(ledger, wire)} and called the answer complete"
        case Outcome.HUNG:
            by = _s(numbers.elapsed_s)
            return f"had not ended by the deadline ({by}), after {shown} of {_tokens(all_)}; {_requests(numbers)}"
        case Outcome.LOOPING:
            tries = len(wire.attempts)
            if tries > numbers.requests:  # a door turned some of them away
                return f"tried {tries} times without an end and was stopped; {_requests(numbers)}"
            return f"made {_requests(numbers)} without an end and was stopped"
        case Outcome.CRASHED:
            return f"died without a word to its application ({tokens.crashed}), after {shown} of {_tokens(all_)}"
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
            kept = f"withdrawing {_tokens(withdrawn)}" if withdrawn else "showing only what was new"
            return f"started over, {kept},"
        case "held-back":
            return "started over, having held the text back,"
        case _:
            return "asked again"


def _error(numbers: Numbers) -> str:
    if numbers.error is None:
        return "an error"
    message = " ".join(numbers.error.message.split())
    message = message if len(message) <= 90 else message[:87] + "..."
    if message.endswith(".") and not message.endswith("..."):
        message = message[:-1]  # our sentence goes on
    return f"{numbers.error.error_class}: {message}" if message else numbers.error.error_class


def _flaws(ledger: Ledger, *, lost: bool = True, perfect: bool = False) -> str:
    """Say what was wrong with what was shown, as what a client did or, ``perfect``, had done."""
    showed = "shown" if perfect else "showed"
    flaws = []
    if ledger.spliced:
        flaws.append(f"put together two different answers ({_tokens(ledger.spliced)} from another one)")
    if ledger.duplicates:
        twice = "twice" if not ledger.spliced else "again in other words"
        flaws.append(f"{showed} {_tokens(ledger.duplicates)} {twice}")
    if ledger.corrupted:
        plural = "" if ledger.corrupted == 1 else "s"
        flaws.append(f"{showed} {ledger.corrupted} damaged or foreign piece{plural} of text")
    if ledger.reordered:
        flaws.append(f"{showed} {_tokens(ledger.reordered)} out of order")
    if lost and ledger.lost:
        flaws.append(f"lost {_tokens(ledger.lost)}")
    return ", ".join(flaws)


_TEXT = (Role.DELTA, Role.BODY, Role.ERROR)


def _after_retry(ledger: Ledger, wire: WireJournal) -> str:
    """Say after which retry a text went wrong: the last one before its first flaw was shown.

    Of what happens at one moment, a retry came before the flaw only if some text of its answer had come.
    """
    flaw = _first_flaw(ledger, {attempt.plan.generation for attempt in wire.attempts})
    if flaw is None:
        return ""
    before = [attempt for attempt in requests_of(wire) if attempt.t < flaw.t or _text_began(attempt, by=flaw.t)]
    return f" after the retry at {_s(before[-1].t)}" if len(before) > 1 else ""


def _first_flaw(ledger: Ledger, served: set[str]) -> Shown | None:
    """Return the first token that is wrong where it stands, by the ledger's own rules."""
    generation = next((token.generation for token in ledger.shown if token.number), "")
    highest = 0
    for token in ledger.shown:
        damaged = not token.whole or token.number > ledger.expected or token.generation not in served
        if damaged or token.generation != generation or token.number <= highest:
            return token
        highest = token.number
    return None


def _text_began(attempt: AttemptLog, *, by: float) -> bool:
    """Tell whether anything that can be taken for text had been written by then."""
    for played in attempt.played:
        op = attempt.plan.ops[played.op]
        if isinstance(op, Write) and (op.tokens or op.role in _TEXT):
            return played.t <= by
    return False


def listed(parts: Sequence[str]) -> str:
    """Return parts as a list in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


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
