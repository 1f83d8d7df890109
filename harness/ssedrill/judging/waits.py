"""Every wait that was asked for on the wire, and how long the client really waited.

A wait counts from when the client could know of it, and only against a request that came after that: one that was
under way before can't have kept it, or broken it.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ssedrill.judging.attempts import asked_after, end_of, over_t
from ssedrill.judging.contents import content_of, ends_answer, within_length
from ssedrill.judging.stream_waits import reconnection_s, waits_in_errors
from ssedrill.judging.written import body_writes, writes
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog, Played, WireJournal
from ssedrill_faults.answer.retry_after import wait_in_body, wait_in_header
from ssedrill_faults.http1 import read_head
from ssedrill_faults.plan import Role


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that was asked for."""

    asked_s: float
    waited_s: float | None  # None if no request followed


@dataclass(frozen=True, slots=True)
class _Asked:
    """A wait, and since when its client can know of it: which operation told it."""

    asked_s: float
    since: float
    op: int  # -1 if the client itself ended the stream


def waits_asked(wire: WireJournal) -> list[Wait]:
    """Return every wait that was asked for, in the order of the attempts."""
    tries = _Tries(wire)
    return [
        Wait(asked.asked_s, tries.next_after(attempt, asked))
        for attempt in wire.requests
        for asked in (*_of_answer(attempt), *_of_stream(attempt))
    ]


class _Tries:
    """The client's tries, in order of time: a knock at a door that let nobody in was one too.

    When somebody knocked at a door where nobody listened is not known.
    """

    def __init__(self, wire: WireJournal) -> None:
        connected = {conn.number: conn.t for conn in wire.connections}
        tries = [one for one in wire.attempts if one.is_request or (one.kind is RequestKind.DOOR and one.conn)]
        # A try began when it was asked for; at a door, when its connection was made.
        begun = [(one.t if one.was_read else connected.get(one.conn, one.t), one) for one in tries]
        self._tries = sorted(begun, key=lambda one: one[0])
        self._times = [t for t, _ in self._tries]

    def next_after(self, attempt: AttemptLog, asked: _Asked) -> float | None:
        """Return how long it was until the client tried again."""
        for at in range(bisect_left(self._times, asked.since), len(self._tries)):
            t, one = self._tries[at]
            if asked_after(one, attempt, asked.op, asked.since):
                return t - asked.since
        return None


def _of_answer(attempt: AttemptLog) -> list[_Asked]:
    """Return the wait that an answer asks for, and since when its client can know: its head or body was there."""
    asked_s = attempt.plan.retry_after_s
    if asked_s is None:
        return []
    heads = [(played, op) for played, op in writes(attempt) if op.role is Role.HEAD]
    head = read_head(b"".join(op.data for _, op in heads))
    if head.connection is None:  # the last header: the others had come too
        return []
    if _in_head(head.headers):
        told = heads[-1][0]
        if _is_date(head.headers.get("retry-after", "")):  # it was spelled when the request came, and may be late
            asked_s = max(0.0, asked_s - (told.t - attempt.t))
        return [_Asked(asked_s, told.t, told.op)]
    body = body_writes(attempt)
    content = b"".join(content_of(attempt, body))
    whole = _is_json(content) or wait_in_body(content.decode(errors="replace")) == asked_s
    return [_Asked(asked_s, body[-1][0].t, body[-1][0].op)] if whole else []


def _in_head(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers ask for a wait: "Retry-After: soon" asks for none."""
    text = headers.get("retry-after", "")
    return "retry-after-ms" in headers or _is_date(text) or wait_in_header(text, 0.0) is not None


def _is_date(value: str) -> bool:
    return ":" in value


def _is_json(body: bytes) -> bool:
    """Tell whether a body can be read: one that was cut short can't."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _of_stream(attempt: AttemptLog) -> list[_Asked]:
    """Return what a stream asks for: in its errors, and as its reconnection time, from the end of its connection.

    There is no reconnecting from a stream that has come to its terminal event.
    """
    body = [(played, op) for played, op in body_writes(attempt) if played.read is not False]
    ops = [op for _, op in body]
    inside = within_length(attempt.plan.ops, ops)
    if attempt.plan.status != 200 or any(ends_answer(op) and whole for op, whole in zip(ops, inside, strict=True)):
        return []
    pieces = content_of(attempt, body)
    stream = b"".join(pieces)
    asked = _of_errors([played for played, _ in body], pieces, stream)
    reconnection = reconnection_s(stream)
    if reconnection is not None:
        op = attempt.played[-1].op if over_t(attempt) is not None else -1
        asked.append(_Asked(reconnection, end_of(attempt), op))
    return asked


def _of_errors(body: Sequence[Played], pieces: Sequence[bytes], stream: bytes) -> list[_Asked]:
    """Return the waits that errors in a stream ask for: its client can know of one when the event is over."""
    ends = list(accumulate(len(piece) for piece in pieces))
    told = [(wait_s, body[bisect_left(ends, end)]) for end, wait_s in waits_in_errors(stream)]
    return [_Asked(wait_s, played.t, played.op) for wait_s, played in told]
