"""Whether each reconnect carries the id of the last event that its client was given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass

from ssedrill.judging.contents import content_of
from ssedrill.judging.reads import Reads
from ssedrill.judging.written import ROUNDING_S, body_writes
from ssedrill.model.last_event_id import carried, sent_in
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog, WireJournal

_ASKS = (RequestKind.STREAM, RequestKind.RESUME, RequestKind.GONE)
_BLANK_LINE = re.compile(rb"\n\r?\n|\r\r")
_TRANSIENT = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Cursors:
    """What became of the ids of a run."""

    given: bool  # a client was given one
    reconnected: bool  # and asked again after that
    wrong: str = ""  # which request has not the newest id


def cursors(wire: WireJournal, reads: Reads) -> Cursors:
    """Follow the ids through the requests for a stream, in their order.

    The newest is known up to what nobody can tell of the client's reading: any id from what it is known to have read
    on is right. A client whose cursor was refused may begin anew without one. Where a stream has brought no id of
    its own, the standard's letter has none to send, and browsers send the one before: both are right.
    """
    newest: Set[str] = {""}
    given = reconnected = refused = False
    asks = [one for one in wire.attempts if one.was_read and one.kind in _ASKS]
    for before, one in zip((None, *asks), asks, strict=False):
        if before is not None:
            newest = {as_sent for id_ in _behind(before, newest, one.t, reads) for as_sent in _as_sent(id_)}
        given |= any(newest) or (before is not None and _gave_id(before, one.t, reads))
        sent = _sent(one)
        if before is not None and given:
            reconnected = True
            if sent not in newest and not (refused and not sent):
                return Cursors(given, reconnected, _told(one, sent, newest))
        refused = refused or (bool(sent) and _refused(one))
        newest = {sent}
    return Cursors(given or bool(asks and any(_behind(asks[-1], newest, float("inf"), reads))), reconnected)


def stray_cursor(calls: Iterable[WireJournal]) -> str:
    """Say which of several calls begins with an id, before any answer of its own; "" if none does."""
    firsts = (next((one for one in wire.attempts if one.was_read and one.kind in _ASKS), None) for wire in calls)
    stray = next((one for one in firsts if one is not None and _sent(one)), None)
    if stray is None:
        return ""
    return f"the request at {stray.t:.3f} s, the first of its call, has the id {_sent(stray)!r:.60} of another"


def _behind(attempt: AttemptLog, begun_with: Set[str], until: float, reads: Reads) -> Set[str]:
    """Return the ids that may be the newest after an attempt, as far as it had come by a moment."""
    body = [(played, op) for played, op in body_writes(attempt) if played.t <= until + ROUNDING_S]
    if attempt.plan.status != 200 or not body:
        return begun_with
    contents = content_of(attempt, body)
    known = max((at for at, (played, _) in enumerate(body) if played.read), default=None)
    found: set[str] = set()
    for begun in begun_with:
        ids = reads.ids(contents, begun)
        found |= set(ids[known:]) if known is not None else {begun, *ids}
    stream = b"".join(contents)
    return found if reads.ids(contents, "")[-1] or not _BLANK_LINE.search(stream) else found | {""}


def _gave_id(attempt: AttemptLog, until: float, reads: Reads) -> bool:
    """Tell whether an attempt had given an id by a moment, though another event may have taken it back."""
    body = [(played, op) for played, op in body_writes(attempt) if played.t <= until + ROUNDING_S]
    return attempt.plan.status == 200 and any(reads.ids(content_of(attempt, body), ""))


def _as_sent(id_: str) -> tuple[str, ...]:
    """Return how an id may come: if no header can carry it, some browsers send it, and other clients nothing."""
    return (carried(id_),) if carried(id_) or not id_ else ("", id_)


def _sent(attempt: AttemptLog) -> str:
    return sent_in(attempt.headers)


def _refused(attempt: AttemptLog) -> bool:
    status = attempt.plan.status
    return status is not None and 400 <= status < 500 and status not in _TRANSIENT


def _told(attempt: AttemptLog, sent: str, newest: Set[str]) -> str:
    what = f"has the id {sent!r:.60}" if sent else "has no id"
    right = " or ".join(repr(one)[:60] if one else "none" for one in sorted(newest)[:3])
    return f"the request at {attempt.t:.3f} s {what}; the newest was {right}"
