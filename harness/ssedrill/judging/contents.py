"""What was written of a body as a client has it: without chunks, and with its content coding undone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from ssedrill.model.wire_journal import AttemptLog, Played
from ssedrill_faults.http.codings import CODINGS, NOT_CODED, decoder
from ssedrill_faults.http1 import body_spans, is_framing, read_head
from ssedrill_faults.plan import Op, Role, Write


def coding_of(ops: Sequence[Op]) -> str | None:
    """Return the content coding that a head names, if it is one that can be undone here."""
    heads = [op.data for op in ops if isinstance(op, Write) and op.role is Role.HEAD]
    if not any(b"ontent-" in data for data in heads):
        return None
    coding = read_head(b"".join(heads)).headers.get("content-encoding")
    return coding if coding in CODINGS else None


def decoded(attempt: AttemptLog, body: Sequence[tuple[Played, Write]]) -> list[bytes] | None:
    """Return what each of these writes adds to the decoded body; None if the answer says of no coding."""
    return _decoded(attempt.plan.ops, [op for _, op in body])


def content_of(attempt: AttemptLog, body: Sequence[tuple[Played, Write]]) -> list[bytes]:
    """Return what each of these writes adds to the body as a client has it."""
    return _content(attempt.plan.ops, [op for _, op in body])


def plain(body: Sequence[tuple[Played, Write]]) -> list[bytes]:
    """Return what each of these writes adds to the body without its chunks, in whatever coding that is."""
    return _plain([op for _, op in body])


def planned(ops: Sequence[Op]) -> bytes:
    """Return the body that a plan has for its client."""
    body = [op for op in ops if isinstance(op, Write) and op.role not in (Role.HEAD, Role.END)]
    return b"".join(_content(ops, body))


def said_length(ops: Sequence[Op]) -> int | None:
    """Return the bytes of body that a head says there are; None if it says of none, or of chunks (RFC 9112, 6.3)."""
    head = read_head(b"".join(op.data for op in ops if isinstance(op, Write) and op.role is Role.HEAD))
    if head.coding is not None or head.length is None or not head.length.isdecimal():
        return None
    return int(head.length)


def _content(ops: Sequence[Op], body: Sequence[Write]) -> list[bytes]:
    pieces = _decoded(ops, body)
    return _within(ops, _plain(body)) if pieces is None else pieces


def ends_answer(op: Write) -> bool:
    """Tell whether a terminal event is complete with a segment: of one that was cut, the first part says nothing."""
    if op.role is not Role.TERMINAL or not op.events:
        return False
    return not op.event_ends or is_framing(op.data[op.event_ends[-1] :])


def within_length(ops: Sequence[Op], body: Sequence[Write]) -> list[bool]:
    """Tell of each write of a body whether all of it is within the length that the head says."""
    length = said_length(ops)
    if length is None:
        return [True] * len(body)
    return [end <= length for end in accumulate(map(len, _plain(body)))]


def _within(ops: Sequence[Op], pieces: list[bytes]) -> list[bytes]:
    """Return the pieces of a body up to its length: what is behind it is no part of the answer."""
    left = said_length(ops)
    if left is None or sum(map(len, pieces)) <= left:
        return pieces
    kept = []
    for piece in pieces:
        kept.append(piece[:left])
        left -= len(kept[-1])
    return kept


def _decoded(ops: Sequence[Op], body: Sequence[Write]) -> list[bytes] | None:
    """Decode piece by piece; what comes behind bytes that are not coded so adds nothing: no client reads on there."""
    coding = coding_of(ops)
    if coding is None:
        return None
    decode = decoder(coding)
    pieces = [b""] * len(body)
    try:
        for number, piece in enumerate(_within(ops, _plain(body))):
            pieces[number] = decode(piece)
    except NOT_CODED:
        pass
    return pieces


def _plain(body: Sequence[Write]) -> list[bytes]:
    spans = body_spans(body)
    return [b"".join(op.data[start:end] for start, end in own) for op, own in zip(body, spans, strict=True)]
