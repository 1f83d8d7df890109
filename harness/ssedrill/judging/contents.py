"""What was written of a body as a client has it that undoes its content coding."""

from __future__ import annotations

from collections.abc import Sequence

from ssedrill.model.wire_journal import AttemptLog, Played
from ssedrill_faults.http.codings import NOT_CODED, decoder
from ssedrill_faults.http1 import content_spans, read_head
from ssedrill_faults.plan import Op, Role, Write

CODINGS = ("gzip", "br", "zstd")


def coding_of(ops: Sequence[Op]) -> str | None:
    """Return the content coding that a head names, if it is one that can be undone here."""
    heads = [op.data for op in ops if isinstance(op, Write) and op.role is Role.HEAD]
    if not any(b"ontent-" in data for data in heads):
        return None
    coding = read_head(b"".join(heads)).headers.get("content-encoding")
    return coding if coding in CODINGS else None


def decoded(attempt: AttemptLog, body: Sequence[tuple[Played, Write]]) -> list[bytes] | None:
    """Return what each of these writes adds to the decoded body; None if the answer says of no coding.

    What comes behind bytes that are not coded so adds nothing: no client reads on there.
    """
    coding = coding_of(attempt.plan.ops)
    if coding is None:
        return None
    decode = decoder(coding)
    pieces = [b""] * len(body)
    try:
        for number, (_, op) in enumerate(body):
            pieces[number] = decode(b"".join(op.data[start:end] for start, end in content_spans(op)))
    except NOT_CODED:
        pass
    return pieces
