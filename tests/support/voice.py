"""A dialect in miniature: what faults need of one, and answers small enough to be written out in a test."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import replace

from ssedrill_faults import http1
from ssedrill_faults.compose import compose
from ssedrill_faults.fault import Context, Fault
from ssedrill_faults.plan import Answer, Frame, Framing, Op, Persistence, Plan, Readable, Role, Write
from ssedrill_faults.served_text import ServedText
from support.answers import decoded


class SmallVoice:
    """Speaks a dialect whose events are one data line of JSON."""

    def error_frame(self, kind: str, message: str) -> Frame:
        """Return an error event."""
        return Frame(_block({"error": kind, "message": message}), Role.ERROR)

    def error_body(self, status: int, message: str, retry_after: str | None) -> bytes:
        """Return an error body that shows everything it was given."""
        return json.dumps({"status": status, "message": message, "retry_after": retry_after}).encode()

    def ping_frame(self) -> Frame:
        """Return a comment."""
        return Frame(b": ping\n\n", Role.PING)


CONTEXT = Context(random.Random(0), SmallVoice(), http1, 0.0)
"""What a fault may look at, for tests that use no chance."""

START = Frame(b'data: {"k":"start"}\n\n', Role.START)
STOP = Frame(b'data: {"k":"stop"}\n\n', Role.STOP)
TERMINAL = Frame(b'data: {"k":"end"}\n\n', Role.TERMINAL)


def last_chunk(fault: str | None = None) -> Write:
    """Return the segment that ends a chunked body."""
    return Write(b"0\r\n\r\n", Role.END, lead=3, tail=2, fault=fault, harm=0 if fault else None)


def delta(number: int, wait_s: float = 0.01) -> Frame:
    """Return the event of one token."""
    return Frame(_block({"k": "delta", "d": {"t": small_text(number)}}), Role.DELTA, number, wait_s)


def small_answer(
    tokens: int = 3,
    *,
    framing: Framing = Framing.CHUNKED,
    persistence: Persistence = Persistence.KEEP_ALIVE,
    first: int = 1,
) -> Answer:
    """Return a start event, some tokens, a stop and a terminal event."""
    deltas = tuple(delta(number) for number in range(first, first + tokens))
    headers = (("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"), ("request-id", "r1"))
    return Answer((START, *deltas, STOP, TERMINAL), 200, headers, framing, persistence)


def small_text(number: int) -> str:
    """Return the text of a token."""
    return f" น{number}."


SERVED = ServedText("น", 40, small_text)
"""What the answers here are made of."""


def small_reads(body: bytes) -> tuple[int, ...]:
    """Return the tokens that can be read in a stream, up to what is no JSON or an error, and 0 at its end."""
    texts = ""
    end: tuple[int, ...] = ()
    for event in decoded([body]):
        try:
            said = json.loads(event.data)
        except ValueError:
            break
        if "error" in said or said == {"k": "end"}:
            end = () if "error" in said else (0,)
            break
        texts += json.dumps(said, ensure_ascii=False)
    return (*map(int, re.findall(r" น(\d+)\.", texts)), *end)


def plan_of(
    answer: Answer,
    *faults: Fault,
    seed: int = 0,
    attempt: int = 1,
    now_epoch_s: float = 0.0,
    served: ServedText = SERVED,
) -> Plan:
    """Compose faults over an answer."""
    return compose(
        answer,
        faults,
        voice=SmallVoice(),
        seed=seed,
        attempt=attempt,
        now_epoch_s=now_epoch_s,
        served=served,
        reader=lambda body: Readable(small_reads(body)),
    )


def ops_of(answer: Answer, *faults: Fault) -> tuple[Op, ...]:
    """Return the operations of an answer under these faults, the head left out."""
    head, *rest = plan_of(answer, *faults).ops
    assert isinstance(head, Write)
    assert head.role is Role.HEAD
    return tuple(rest)


def chunk(frame: Frame, event: int, fault: str | None = None, harm: int | None = None) -> Write:
    """Return the segment of a frame in a chunked body; ``harm`` is the byte of the frame that shows the fault."""
    size = b"%x\r\n" % len(frame.data)
    tokens = () if frame.token is None else (frame.token,)
    at = None if harm is None else len(size) + harm
    return Write(size + frame.data + b"\r\n", frame.role, tokens, (event,), len(size), 2, fault, harm=at)


def plain(frame: Frame, event: int, fault: str | None = None) -> Write:
    """Return the segment of a frame in a body that is not chunked."""
    tokens = () if frame.token is None else (frame.token,)
    return Write(frame.data, frame.role, tokens, (event,), fault=fault)


def written(ops: Sequence[Op]) -> bytes:
    """Return the bytes that operations write, joined."""
    return b"".join(op.data for op in ops if isinstance(op, Write))


def marked(frame: Frame, fault: str) -> Frame:
    """Return the frame with a fault's mark."""
    return replace(frame, fault=fault)


def _block(data: object) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
