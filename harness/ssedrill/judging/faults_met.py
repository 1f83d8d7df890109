"""Which faults took effect on the wire, when, and whether the client was there to meet them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ssedrill.judging.attempts import asked_after
from ssedrill.judging.contents import ends_answer
from ssedrill.judging.ledger import Ledger
from ssedrill.judging.written import Sources
from ssedrill.model.scenario import Scenario
from ssedrill.model.wire_journal import AttemptLog, Played, WireJournal
from ssedrill_faults.plan import Open, Refuse, Write


@dataclass(frozen=True, slots=True)
class FaultMet:
    """One fault of one attempt, as far as the wire knows; one that strikes twice in an attempt is met twice."""

    attempt: int
    name: str
    op: int  # with which operation of the plan it struck; -1 at a door
    breaking: bool  # it does more than reshape a complete answer
    t: float  # when it took effect
    reached: bool  # the client was there: it had read all that came before, or read the faulted bytes themselves
    mattered: bool = True  # what the application was left with depended on it

    @property
    def counts(self) -> bool:
        """It was a test of this client."""
        return self.reached and self.mattered


def faults_met(wire: WireJournal, until: float) -> list[FaultMet]:
    """Return the faults that took effect up to a moment, in order of time; those that never fired are not among them.

    ``until`` is when the client made its claim: what the wire did after that, the client did not meet.
    """
    found = [fault for attempt in wire.attempts for fault in _of_attempt(attempt, until)]
    return sorted(found, key=lambda fault: fault.t)


def counted(faults: Iterable[FaultMet], wire: WireJournal, ledger: Ledger) -> Iterator[FaultMet]:
    """Give the faults, each with whether the answer that was shown depended on it.

    It did if some of the text can only have come from the faulted attempt, or from one that was asked for after the
    fault had struck: what was under way before would have come without it too. If nothing was shown, the claim
    depended on it.
    """
    faults = list(faults)
    if not faults:
        return
    came_from = _sources_of_text(ledger)
    reasons = Reasons(wire)
    for fault in faults:
        yield replace(fault, mattered=not came_from or reasons.all_of_some(came_from, fault))


def _sources_of_text(ledger: Ledger) -> list[tuple[int, Sources]]:
    """Return the sources of what was shown, those that are alike once, each with the first of them, in its order."""
    found: dict[object, tuple[int, Sources]] = {}
    for token in ledger.shown:
        if token.sent and not token.late:
            first = next(iter(token.sources))
            alike = first if len(token.sources.times) == 1 else (id(token.sources.times), token.sources.by)
            found.setdefault(alike, (first, token.sources))
    return sorted(found.values(), key=lambda one: one[0])


class Reasons:
    """Tells which attempts a fault can have been the reason for, of many attempts and many faults."""

    def __init__(self, wire: WireJournal) -> None:
        self._attempts = {attempt.number: attempt for attempt in wire.attempts}

    def can_be(self, fault: FaultMet, number: int) -> bool:
        """Tell whether a fault can have been the reason for an attempt; it is not for its own."""
        return asked_after(self._attempts[number], self._attempts[fault.attempt], fault.op, fault.t)

    def all_of_some(self, texts: Sequence[tuple[int, Sources]], fault: FaultMet) -> bool:
        """Tell whether a piece of text came from the faulted attempt, or from what it was the reason for, alone.

        The last pieces are looked at first: they are the likeliest. None can that an earlier attempt had written.
        """
        for first, sources in reversed(texts):
            if first < fault.attempt:
                return False
            if all(number == fault.attempt or self.can_be(fault, number) for number in sources):
                return True
        return False


def has_met_fault(wire: WireJournal, until: float) -> bool:
    """Tell whether the client had met any fault by then that tests it."""
    return any(_tests(attempt, _of_attempt(attempt, until)) for attempt in wire.attempts)


def behind_the_end(scenario: Scenario, wire: WireJournal, until: float) -> bool:
    """Tell whether the scenario has faults behind the end of an answer only, and the client needed nothing there.

    It had been given the terminal event by the time it said that the answer is complete; what it made of what lies
    ahead of that is judged as if there were no faults.
    """
    faulted = [attempt for attempt in wire.attempts if attempt.plan.faults]
    if not faulted:
        return False
    rules = {attempt.plan.rule or min(attempt.plan.attempt, len(scenario.attempts)) for attempt in faulted}
    others = [rule for number, rule in enumerate(scenario.attempts, start=1) if number not in rules and rule.faults]
    return not others and all(_ended_before(one, until) for one in faulted)


def _ended_before(attempt: AttemptLog, until: float) -> bool:
    """Tell whether an attempt's faults lie behind its terminal event, and the client had been given all of that."""
    ops, faults = attempt.plan.ops, attempt.plan.breaking or attempt.plan.faults
    ends = next((i for i, op in enumerate(ops) if isinstance(op, Write) and ends_answer(op)), None)
    if ends is None or any(op.fault in faults for op in ops[: ends + 1]):
        return False
    return any(one.op == ends and one.t <= until and one.read is not False for one in attempt.played)


def why_not_tested(
    seen: WireJournal, until: float, *, faulted: bool, faults: Sequence[FaultMet] | None = None
) -> str | None:
    """Say why this run proves nothing, or return None if it does prove something.

    ``seen`` is everybody's requests; those that are not the client's are told, and prove nothing.
    ``until`` is as in :func:`faults_met`. ``faulted`` tells whether the scenario has any fault at all: without one,
    a served request is enough. If an attempt has breaking faults, meeting only its cuts and pauses is not enough.
    ``faults`` are those that were met, if it is known whether they mattered.
    """
    wire = seen.of_client
    if seen.attempts and not wire.attempts:
        first = seen.attempts[0]
        return f"no request was made to this run's address (the first was {first.method} {first.path})"
    faults = faults_met(wire, until) if faults is None else faults
    served = [attempt for attempt in wire.attempts if attempt.kind.is_understood]
    if not wire.attempts:
        return "no request came"
    if not faulted:
        return None if served else _unknown(wire)
    met: dict[int, list[FaultMet]] = {attempt.number: [] for attempt in wire.attempts}
    for fault in faults:
        met[fault.attempt].append(fault)
    if any(_tests(attempt, [fault for fault in met[attempt.number] if fault.mattered]) for attempt in wire.attempts):
        return None
    if missed := next((attempt for attempt in wire.attempts if _tests(attempt, met[attempt.number])), None):
        return f"{_named(missed)} struck, but all that was shown came from requests that were under way before"
    planned = [attempt for attempt in wire.attempts if attempt.plan.faults]
    if not planned:
        return _unknown(wire) if not served else "no request was one that the scenario has a fault for"
    first = planned[0]
    names = _named(first)
    if isinstance(first.plan.door, Refuse):
        return f"nobody was seen to knock while the door was shut ({names})"
    if not met[first.number]:
        left = first.left_t if first.left_t is not None else until
        return f"{names} had not fired when the client left at {left:.3f} s"
    return f"{names} fired, but the client had stopped reading before it"


def _unknown(wire: WireJournal) -> str:
    asked = wire.attempts[0]
    return f"no request was understood (the first was {asked.method} {asked.path})"


def _named(attempt: AttemptLog) -> str:
    return " and ".join(attempt.plan.breaking or attempt.plan.faults)


def _tests(attempt: AttemptLog, met: Iterable[FaultMet]) -> bool:
    """Tell whether these faults of an attempt are a test of the client."""
    breaking = bool(attempt.plan.breaking)
    return any(fault.reached and (fault.breaking or not breaking) for fault in met)


def _was_noticeable(attempt: AttemptLog, played: Played, at: int) -> bool:
    """Tell whether the client has read the byte by which a fault can be noticed, though not all of its segment.

    ``at`` is how many bytes were written ahead of the segment.
    """
    op = attempt.plan.ops[played.op]
    if not isinstance(op, Write) or op.harm is None or attempt.consumed is None:
        return False
    return attempt.consumed > at + op.harm


def _of_attempt(attempt: AttemptLog, until: float) -> list[FaultMet]:
    plan = attempt.plan
    if not isinstance(plan.door, Open):
        reached = bool(attempt.evidence) if isinstance(plan.door, Refuse) else True
        return [FaultMet(attempt.number, name, -1, True, attempt.t, reached) for name in plan.faults]
    found: list[FaultMet] = []
    latest: dict[str, int] = {}  # the operation that each fault marked last
    last: dict[str, int] = {}  # where the last of what was found of each fault stands
    # The journal counts what was written; the plan is kept without the run's address, so that its sizes differ.
    begins_at = (0, *(played.end for played in attempt.played))
    for played, at in zip(attempt.played, begins_at, strict=False):
        name = plan.ops[played.op].fault
        if name is None or played.t > until:
            continue
        breaking, read = name in plan.breaking, played.read is not False or _was_noticeable(attempt, played, at)
        begins = name not in latest or (breaking and latest[name] != played.op - 1)
        latest[name] = played.op
        if begins:
            last[name] = len(found)
            found.append(FaultMet(attempt.number, name, played.op, breaking, played.t, read))
        elif read:
            found[last[name]] = replace(found[last[name]], reached=True)
    return found
