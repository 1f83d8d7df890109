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
            if handed := _handed(carried, attempt):
                return f"the request at {attempt.t:.3f} s hands {' and '.join(sorted(handed))} to another origin"
            continue
        there = dict(_carried(attempt))
        if lacking := {name for name, _ in carried} - set(there):
            return f"the request at {attempt.t:.3f} s has no {' and no '.join(sorted(lacking))}"
        if other := sorted(name for name, value in carried if _key(value) not in there[name]):
            return f"the request at {attempt.t:.3f} s has not the key of the first in {' and '.join(other)}"
    return ""


def _key(value: str) -> str:
    """Return what of a header's value is secret: what comes behind the scheme, if one is named."""
    return value.split()[-1] if value.split() else value


def _handed(carried: set[tuple[str, str]], attempt: AttemptLog) -> set[str]:
    """Return what of the first request's credentials a request hands on, or where the drill's key stands in it."""
    same = {name for name, _ in carried & _carried(attempt)}
    return same or {f"the key, in {place}," for place in attempt.key_in}


def _carried(attempt: AttemptLog) -> set[tuple[str, str]]:
    """Return the headers that say who asks; what a server gave, such as a cookie, is not among them."""
    return {
        (name, value) for name, value in attempt.headers if speaks_of_credential(name) and not speaks_of_session(name)
    }
