"""When the answer to an attempt was over, and when the attempt was over for its client."""

from __future__ import annotations

from ssedrill.model.wire_journal import AttemptLog
from ssedrill_faults.plan import Fin, HalfClose, Reset, Write


def asked_after(asked: AttemptLog, answering: AttemptLog, op: int, t: float) -> bool:
    """Tell whether a request can be the consequence of an operation of another answer, which took effect at ``t``.

    Times alone don't tell: what comes at one moment may have been under way before.
    """
    if asked.number <= answering.number or asked.t < t:
        return False
    unaware = dict(asked.unaware_of).get(answering.number)
    return unaware is None or op < unaware


def over_t(attempt: AttemptLog) -> float | None:
    """Return when an answer was over on the wire: its last byte, or its ending; None if it never was."""
    if not attempt.played:
        return None
    last = attempt.played[-1]
    ended = isinstance(attempt.plan.ops[last.op], Fin | HalfClose | Reset)
    whole = len(attempt.played) == len(attempt.plan.ops) and isinstance(attempt.plan.ops[last.op], Write)
    return last.t if ended or whole else None


def end_of(attempt: AttemptLog) -> float:
    """Return when an attempt was over for its client: its last byte or ending, or the moment the client left."""
    over = over_t(attempt)
    if over is not None:
        return over
    if attempt.left_t is not None:
        return attempt.left_t
    return attempt.played[-1].t if attempt.played else attempt.t
