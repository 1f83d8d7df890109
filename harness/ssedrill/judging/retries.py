"""Which requests repeat the first one, and what each of them carries.

A request for the rest of an answer, by its cursor or from the partial text, is no repetition; nor is one without
streaming of one for a stream.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import Role, Write

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods of which a second request does no more than the first (RFC 9110, 9.2.2)."""

_MAY_BECOME_GET = (301, 302, 303)
"""Redirects after which a client may ask with GET and without a body (RFC 9110, 15.4.2 to 15.4.4)."""

_KEY = re.compile(r"(x-)?idempotency-?(key|token)|(paypal-|repeatability-)request-id|x-amz-client-token")
"""How the key is spelled in use; the IETF's draft has Idempotency-Key."""


def repeated(wire: WireJournal) -> list[AttemptLog]:
    """Return the first request for an answer, and those that repeat it; empty if there is none.

    One that nobody can understand is a repetition if it goes where the first went, or where that was sent: a body
    that has been used up makes it so.
    """
    mine = [one for one in wire.attempts if one.was_read and one.method not in ("OPTIONS", "HEAD")]
    at = next((i for i, one in enumerate(mine) if one.kind.starts_answer), None)
    if at is None:
        return []
    first = mine[at]
    found = [first]
    for before, one in pairwise(mine[at:]):
        moved = before.plan.redirects
        if moved and before.plan.status in _MAY_BECOME_GET and one.method == "GET" != first.method:
            continue
        lost = one.kind is RequestKind.UNKNOWN and (moved or one.path == first.path)
        if one.kind is first.kind or lost:
            found.append(one)
    return found


def changed_body(wire: WireJournal) -> str | None:
    """Say which repetition is not the request that it repeats; "" if all are, None if there is none with a body."""
    first, *others = repeated(wire) or (None,)
    if first is None or not others or not first.body_bytes:
        return None
    for one in others:
        if one.method != first.method:
            return f"the request at {one.t:.3f} s is {one.method}, not {first.method}"
        if one.body_sha256 != first.body_sha256:
            of = f"{one.body_bytes} bytes, not {first.body_bytes}"
            how = "no body" if not one.body_bytes else f"another body ({of})"
            return f"the request at {one.t:.3f} s has {how}"
    return ""


def key_of(attempt: AttemptLog) -> str | None:
    """Return a request's idempotency key."""
    return next((value for name, value in attempt.headers if _KEY.fullmatch(name.lower())), None)


def changed_key(wire: WireJournal) -> str | None:
    """Say which repetition lacks the first one's idempotency key or has another; None if none could."""
    first, *others = repeated(wire) or (None,)
    if first is None or not others or (key := key_of(first)) is None:
        return None
    for one in others:
        if (its := key_of(one)) != key:
            return f"the request at {one.t:.3f} s has {'no' if its is None else 'another'} idempotency key"
    return ""


def shared_key(calls: Sequence[WireJournal]) -> str:
    """Say which request of a call has the idempotency key of another call; "" if none has."""
    owners: dict[str, int] = {}
    for number, wire in enumerate(calls):
        for one in wire.requests:
            if (key := key_of(one)) is not None and owners.setdefault(key, number) != number:
                return f"the request at {one.t:.3f} s has the idempotency key of another call"
    return ""


def may_have_acted(attempt: AttemptLog) -> bool:
    """Tell whether a request has effects, and its failure does not say whether the server has acted on it."""
    if attempt.method in IDEMPOTENT or not attempt.plan.breaking:
        return False
    answered = any(_is_head(attempt, played.op) for played in attempt.played)
    return not answered or attempt.plan.status == 200


def unsafe_repeats(wire: WireJournal) -> int:
    """Count the repetitions of what the server may have acted on, without a key by which it could know them."""
    return sum(
        may_have_acted(before) and (key_of(one) is None or key_of(one) != key_of(before))
        for before, one in pairwise(repeated(wire))
    )


def _is_head(attempt: AttemptLog, at: int) -> bool:
    op = attempt.plan.ops[at]
    return isinstance(op, Write) and op.role is Role.HEAD
