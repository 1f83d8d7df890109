"""Whether every request to one origin carries the credentials of the first.

To another origin, where a redirect has led, a client should carry none (RFC 9110, 15.4), so nothing is asked of that.
"""

from __future__ import annotations

from ssedrill.model.secrets.names import speaks_of_credential, speaks_of_session
from ssedrill.model.wire_journal import AttemptLog, WireJournal


def credentials_dropped(wire: WireJournal) -> str | None:
    """Say which request lacks which credential; "" if none does, None if the question does not arise.

    It arises if the first request of the call carries any and another request follows.
    """
    requests = [request for request in wire.requests if request.listener == 1]
    carried = _carried(requests[0]) if len(requests) > 1 else set()
    if not carried:
        return None
    for attempt in requests[1:]:
        if lacking := carried - _carried(attempt):
            return f"the request at {attempt.t:.3f} s has no {' and no '.join(sorted(lacking))}"
    return ""


def _carried(attempt: AttemptLog) -> set[str]:
    """Return the names of the headers that say who asks; what a server gave, such as a cookie, is not among them."""
    names = {name for name, _ in attempt.headers}
    return {name for name in names if speaks_of_credential(name) and not speaks_of_session(name)}
