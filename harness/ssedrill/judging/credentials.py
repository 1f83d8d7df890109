"""Whether every request to the first origin carries the credentials of the first, and none to another origin does.

A client that is led to another origin should leave them out (RFC 9110, 15.4): they are meant for the first.
"""

from __future__ import annotations

from collections.abc import Iterable

from ssedrill.model.secrets.names import speaks_of_credential, speaks_of_session
from ssedrill.model.wire_journal import AttemptLog, WireJournal

HOME = 1
"""The listener at the address that a client is given."""

Carried = frozenset[tuple[str, str]]


def credentials_dropped(wire: WireJournal) -> str | None:
    """Say which request lacks which credential or hands which to another origin; "" if none does.

    None if the question does not arise: it does if the first request of the call carries any and another follows, and
    wherever a key is handed on. A call may begin at another origin: where it was led before, its client goes at once.
    """
    home = [one for one in wire.requests if one.listener == HOME]
    carried = _carried(home[0]) if home else Carried()
    if handed := handed_on(wire.attempts, carried):
        return handed
    for one in home[1:]:
        there = dict(_carried(one))
        if lacking := {name for name, _ in carried} - set(there):
            return f"the request at {one.t:.3f} s has no {' and no '.join(sorted(lacking))}"
        if other := sorted(name for name, value in carried if _key(value) not in there[name]):
            return f"the request at {one.t:.3f} s has not the key of the first in {' and '.join(other)}"
    return "" if carried and len(wire.requests) > 1 else None


def handed_on(attempts: Iterable[AttemptLog], carried: Carried = frozenset()) -> str:
    """Say which request to another origin has these credentials, or any key of the run's; "" if none has.

    That nobody there understands what is asked makes no difference to a key.
    """
    for one in attempts:
        if one.listener != HOME and one.was_read and (handed := _handed(carried, one)):
            return f"the request at {one.t:.3f} s hands {' and '.join(sorted(handed))} to another origin"
    return ""


def forgotten(calls: Iterable[WireJournal]) -> str:
    """Say which call begins without a credential that the first of the run began with; "" if none does.

    Its value may be another: calls may be for different users.
    """
    begins = [next((one for one in wire.requests if one.listener == HOME), None) for wire in calls]
    first, *others = sorted((one for one in begins if one is not None), key=lambda one: one.number) or (None,)
    names = {name for name, _ in _carried(first)} if first is not None else set()
    for one in others:
        if one is not None and (lacking := names - dict(_carried(one)).keys()):
            return f"the request at {one.t:.3f} s, the first of its call, has no {' and no '.join(sorted(lacking))}"
    return ""


def _key(value: str) -> str:
    """Return what of a header's value is secret: what comes behind the scheme, if one is named."""
    return value.split()[-1] if value.split() else value


def _handed(carried: Carried, attempt: AttemptLog) -> set[str]:
    """Return what of the first request's credentials a request hands on, or where a key stands in it."""
    same = {name for name, _ in carried & _carried(attempt)}
    return same or {f"the key, in {place}," for place in attempt.key_in}


def _carried(attempt: AttemptLog) -> Carried:
    """Return the headers that say who asks; what a server gave, such as a cookie, is not among them."""
    return frozenset(
        (name, value) for name, value in attempt.headers if speaks_of_credential(name) and not speaks_of_session(name)
    )
