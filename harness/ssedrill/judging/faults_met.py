"""Which faults took effect on the wire, when, and whether the client was there to meet them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill.model.record import AttemptLog, WireJournal
from ssedrill_faults.plan import Open, Refuse


@dataclass(frozen=True, slots=True)
class FaultMet:
    """One fault of one attempt, as far as the wire knows; one that strikes twice in an attempt is met twice."""

    attempt: int
    name: str
    breaking: bool  # it does more than reshape a complete answer
    t: float  # when it took effect
    reached: bool  # the client was there: it had read all that came before, or read the faulted bytes themselves


def faults_met(wire: WireJournal, until: float) -> list[FaultMet]:
    """Return the faults that took effect up to a moment, in order of time; those that never fired are not among them.

    ``until`` is when the client made its claim: what the wire did after that, the client did not meet.
    """
    found = [fault for attempt in wire.attempts for fault in _of_attempt(attempt, until)]
    return sorted(found, key=lambda fault: fault.t)


def why_not_tested(wire: WireJournal, until: float, *, faulted: bool) -> str | None:
    """Say why this run proves nothing, or return None if it does prove something.

    ``until`` is as in :func:`faults_met`. ``faulted`` tells whether the scenario has any fault at all: without one,
    a served request is enough. If an attempt has breaking faults, meeting only its cuts and pauses is not enough.
    """
    served = [attempt for attempt in wire.attempts if attempt.kind.is_understood]
    if not wire.attempts:
        return "no request came"
    if not faulted:
        return None if served else _unknown(wire)
    if any(_tested(attempt, until) for attempt in wire.attempts):
        return None
    planned = [attempt for attempt in wire.attempts if attempt.plan.faults]
    if not planned:
        return _unknown(wire) if not served else "no request was one that the scenario has a fault for"
    first = planned[0]
    names = " and ".join(first.plan.breaking or first.plan.faults)
    if isinstance(first.plan.door, Refuse):
        return f"nobody was seen to knock while the door was shut ({names})"
    if not _of_attempt(first, until):
        left = first.left_t if first.left_t is not None else until
        return f"{names} had not fired when the client left at {left:.3f} s"
    return f"{names} fired, but the client had stopped reading before it"


def _unknown(wire: WireJournal) -> str:
    asked = wire.attempts[0]
    return f"no request was understood (the first was {asked.method} {asked.path})"


def _tested(attempt: AttemptLog, until: float) -> bool:
    met = [fault for fault in _of_attempt(attempt, until) if fault.reached]
    return any(fault.breaking for fault in met) if attempt.plan.breaking else bool(met)


def _of_attempt(attempt: AttemptLog, until: float) -> list[FaultMet]:
    plan = attempt.plan
    if not isinstance(plan.door, Open):
        reached = bool(attempt.evidence) if isinstance(plan.door, Refuse) else True
        return [FaultMet(attempt.number, name, True, attempt.t, reached) for name in plan.faults]
    found: list[FaultMet] = []
    latest: dict[str, int] = {}  # the operation that each fault marked last
    for played in attempt.played:
        name = plan.ops[played.op].fault
        if name is None or played.t > until:
            continue
        breaking, read = name in plan.breaking, played.read is not False
        begins = name not in latest or (breaking and latest[name] != played.op - 1)
        latest[name] = played.op
        if begins:
            found.append(FaultMet(attempt.number, name, breaking, played.t, read))
        elif read:
            at = max(index for index, fault in enumerate(found) if fault.name == name)
            found[at] = replace(found[at], reached=True)
    return found
