"""Whether every request to one origin carries the credentials of the first, and none to another origin does.

A client that is led to another origin should leave them out (RFC 9110, 15.4): they are meant for the first.
"""

from __future__ import annotations

from ssedrill.model.secrets.names import speaks_of_credential, speaks_of_session
from ssedrill.model.wire_journal import AttemptLog, WireJournal


def credentials_dropped(wire: WireJournal) -> str | None:
    """Say which request lacks which credential or hands which to another origin; "" if none does.

    None if the question does not arise: it does if the first request of the call carries any and another follows.
    """
    first, *others = wire.requests or (None,)
    carried = _carried(first) if first is not None and others else set()
    if first is None or not carried:
        return None
    for attempt in others:
        if attempt.listener != first.listener:
            if handed := {name for name, _ in carried & _carried(attempt)}:
                return f"the request at {attempt.t:.3f} s hands {' and '.join(sorted(handed))} to another origin"
        elif lacking := {name for name, _ in carried} - {name for name, _ in _carried(attempt)}:
            return f"the request at {attempt.t:.3f} s has no {' and no '.join(sorted(lacking))}"
    return ""


def _carried(attempt: AttemptLog) -> set[tuple[str, str]]:
    """Return the headers that say who asks; what a server gave, such as a cookie, is not among them."""
    return {
        (name, value) for name, value in attempt.headers if speaks_of_credential(name) and not speaks_of_session(name)
    }
