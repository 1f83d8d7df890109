"""HTTP/1: how an answer becomes bytes, and what these bytes mean. Nobody else knows how it is spelled (RFC 9112).

As a whole this module is an :class:`~ssedrill_faults.http_version.HttpVersion`: what faults and their folding ask of
the HTTP that an answer is sent in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from ssedrill_faults.http1_chunks import LAST_CHUNK_SIZE, LINE_END, size_line
from ssedrill_faults.http1_chunks import content_spans as content_spans
from ssedrill_faults.http1_chunks import cut_content as cut_content
from ssedrill_faults.plan import Answer, Fin, Frame, Framing, Op, Persistence, Role, Silence, Wait, Write

_VERSION = "HTTP/1.1 "
_BEHIND_THE_LAST_EVENT = LINE_END + LAST_CHUNK_SIZE + LINE_END

BODILESS = (204, 304)
"""Statuses whose answers have no body and no Content-Length (RFC 9110, 8.6)."""

REASONS: Mapping[int, str] = MappingProxyType(
    {
        200: "OK",
        204: "No Content",
        400: "Bad Request",
        401: "Unauthorized",
        403: "Forbidden",
        404: "Not Found",
        405: "Method Not Allowed",
        408: "Request Timeout",
        409: "Conflict",
        413: "Content Too Large",
        422: "Unprocessable Content",
        429: "Too Many Requests",
        431: "Request Header Fields Too Large",
        500: "Internal Server Error",
        501: "Not Implemented",
        502: "Bad Gateway",
        503: "Service Unavailable",
        504: "Gateway Timeout",
        505: "HTTP Version Not Supported",
        529: "Overloaded",
    }
)
"""What the status line says behind the number; behind any other number it says "Status"."""

FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers, in lower case, that follow from an answer's framing and persistence and are never given."""


def render(answer: Answer) -> tuple[Op, ...]:
    """Turn an answer into the operations of a healthy server: one segment for the head, one for each frame.

    Frames have at least one byte each: an empty chunk would end the body.
    """
    ops: list[Op] = [Write(head(answer), Role.HEAD, fault=answer.head_fault)]
    event = 0
    for frame in answer.frames:
        if frame.wait_s > 0:
            ops.append(Wait(frame.wait_s))
        event += frame.role is not Role.BODY
        ops.append(_segment(frame, event, answer.framing))
    return (*ops, *_end(answer))


def chunk_size_cuts(op: Write) -> Sequence[int]:
    """Return the offsets inside the chunk-size line that a segment begins with, its CRLF included."""
    return range(1, op.lead)


def head(answer: Answer) -> bytes:
    """Return the status line and the headers."""
    lines = [f"{_VERSION}{answer.status} {REASONS.get(answer.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if answer.framing is Framing.CHUNKED:
        lines.append("Transfer-Encoding: chunked")
    elif answer.framing is Framing.LENGTH and answer.status not in BODILESS:
        # A body that is never to end promises one byte more than will come.
        length = sum(len(frame.data) for frame in answer.frames) + (answer.open_fault is not None)
        lines.append(f"Content-Length: {length}")
    lines.append(f"Connection: {answer.persistence}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


CONTINUE = f"{_VERSION}100 Continue\r\n\r\n".encode("latin-1")
"""The interim answer to a client that holds its body back until it is told to send it."""


def refusal(status: int) -> bytes:
    """Return the whole answer to what is no request, or none that can be understood."""
    return head(Answer((), status, framing=Framing.LENGTH, persistence=Persistence.CLOSE))


def for_http_1_0(answer: Answer) -> Answer:
    """Return an answer as a client of HTTP/1.0 can read it: it knows neither chunks nor connections that stay."""
    framing = Framing.CLOSE if answer.framing is Framing.CHUNKED else answer.framing
    return replace(answer, framing=framing, persistence=Persistence.CLOSE)


def without_body(ops: Sequence[Op]) -> tuple[Op, ...]:
    """Return the operations that say of the body only how long it would be, as HEAD wants it."""
    return tuple(op for op in ops if not isinstance(op, Write) or op.role is Role.HEAD)


@dataclass(frozen=True, slots=True)
class Head:
    """What a head says, or a piece of one: what is not in the piece is missing, what is cut off is short."""

    status: str  # with its reason; empty if nothing of the status line is there
    headers: Mapping[str, str]  # in lower case, those that follow here included
    coding: str | None  # how the body is cut into chunks
    length: str | None  # the bytes of the body
    connection: str | None


def read_head(data: bytes) -> Head:
    """Return what the bytes of a head say, or of the beginning of one, or of a piece of one."""
    first, *lines = data.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
    framing = (headers.get(name) for name in ("transfer-encoding", "content-length", "connection"))
    return Head(first.removeprefix(_VERSION), headers, *framing)


def is_framing(data: bytes) -> bool:
    """Tell whether bytes behind an event are framing only: the end of its chunk, and perhaps of the body.

    The framing may be cut off anywhere; no bytes at all are framing too, since not every body has chunks.
    """
    return _BEHIND_THE_LAST_EVENT.startswith(data)


def ends_body(data: bytes) -> bool:
    """Tell whether bytes behind an event are the end of its chunk and of the body, complete."""
    return data == _BEHIND_THE_LAST_EVENT


def _segment(frame: Frame, event: int, framing: Framing) -> Write:
    tokens = () if frame.token is None else (frame.token,)
    events = () if frame.role is Role.BODY else (event,)
    if framing is not Framing.CHUNKED:
        return Write(frame.data, frame.role, tokens, events, fault=frame.fault, spoiled=frame.spoiled)
    size = size_line(len(frame.data))
    data = size + frame.data + LINE_END
    return Write(data, frame.role, tokens, events, len(size), len(LINE_END), frame.fault, spoiled=frame.spoiled)


def _end(answer: Answer) -> tuple[Op, ...]:
    if answer.open_fault is not None:
        return (Silence(answer.open_fault),)
    closes = answer.persistence is Persistence.CLOSE or answer.framing is Framing.CLOSE
    match answer.framing:
        case Framing.CHUNKED:
            data, lead, tail = LAST_CHUNK_SIZE + LINE_END, len(LAST_CHUNK_SIZE), len(LINE_END)
            end: Op = Write(data, Role.END, lead=lead, tail=tail, fault=answer.end_fault)
            return (end, Fin()) if closes else (end,)
        case Framing.CLOSE:
            return (Fin(answer.end_fault),)
        case Framing.LENGTH:
            # The last byte of the body ends it, so there is no operation of its own: a pause of no length marks it.
            mark = (Wait(0.0, answer.end_fault),) if answer.end_fault is not None else ()
            return (*mark, Fin()) if closes else mark
