"""HTTP/1: how an answer becomes bytes, and what these bytes mean. Nobody else knows how it is spelled (RFC 9112).

As a whole this module is an :class:`~ssedrill_faults.http_version.HttpVersion`: what faults and their folding ask of
the HTTP that an answer is sent in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from types import MappingProxyType

from ssedrill_faults.fault import Impossible
from ssedrill_faults.head_form import USUAL, HeadForm
from ssedrill_faults.http1_chunks import LAST_CHUNK_SIZE, LINE_END, size_line
from ssedrill_faults.http1_chunks import begins_last_chunk as begins_last_chunk
from ssedrill_faults.http1_chunks import content_spans as content_spans
from ssedrill_faults.http1_chunks import cut_content as cut_content
from ssedrill_faults.http1_chunks import ends_body as ends_body
from ssedrill_faults.http1_chunks import in_pieces as in_pieces
from ssedrill_faults.http1_chunks import is_framing as is_framing
from ssedrill_faults.http1_recut import body_spans as body_spans
from ssedrill_faults.http1_recut import extended as extended
from ssedrill_faults.http1_recut import gaps as gaps
from ssedrill_faults.http1_recut import missized as missized
from ssedrill_faults.http1_recut import rechunked as rechunked
from ssedrill_faults.http1_recut import respelled as respelled
from ssedrill_faults.plan import Answer, Fin, Frame, Framing, Interim, Op, Persistence, Role, Silence, Wait, Write

_INTERIM = re.compile(rb"\A(?:HTTP/1\.1 1[0-9]{2} .*?\r\n\r\n)+(?=.)", re.DOTALL)
_VERSION, _OLD_VERSION = "HTTP/1.1 ", "HTTP/1.0 "

BODILESS = (204, 304)
"""Statuses whose answers have no body and no Content-Length (RFC 9110, 8.6)."""

REASONS: Mapping[int, str] = MappingProxyType(
    {
        100: "Continue",
        102: "Processing",
        103: "Early Hints",
        200: "OK",
        201: "Created",
        202: "Accepted",
        204: "No Content",
        205: "Reset Content",
        206: "Partial Content",
        301: "Moved Permanently",
        302: "Found",
        303: "See Other",
        304: "Not Modified",
        307: "Temporary Redirect",
        308: "Permanent Redirect",
        400: "Bad Request",
        401: "Unauthorized",
        402: "Payment Required",
        403: "Forbidden",
        404: "Not Found",
        405: "Method Not Allowed",
        406: "Not Acceptable",
        407: "Proxy Authentication Required",
        408: "Request Timeout",
        409: "Conflict",
        410: "Gone",
        413: "Content Too Large",
        415: "Unsupported Media Type",
        421: "Misdirected Request",
        422: "Unprocessable Content",
        425: "Too Early",
        426: "Upgrade Required",
        429: "Too Many Requests",
        431: "Request Header Fields Too Large",
        500: "Internal Server Error",
        501: "Not Implemented",
        502: "Bad Gateway",
        503: "Service Unavailable",
        504: "Gateway Timeout",
        505: "HTTP Version Not Supported",
        511: "Network Authentication Required",
        529: "Overloaded",
    }
)
"""What the status line says behind the number; behind any other number it says "Status"."""

FRAMING_HEADERS = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers, in lower case, that follow from an answer's framing and persistence and are never given."""


def render(answer: Answer) -> tuple[Op, ...]:
    """Turn an answer into the operations of a healthy server: one segment for the head, one for each frame.

    A frame without bytes goes with the next that has some: an empty chunk would end the body.
    """
    if answer.coding is not None:
        answer = replace(answer, frames=answer.coding(answer.frames), coding=None)
    ops: list[Op] = []
    for interim in answer.interim:
        ops += [Wait(interim.wait_s, interim.fault)] if interim.wait_s else []
        ops.append(Write(_interim_head(interim), Role.HEAD, fault=interim.fault))
    ops.append(Write(head(answer), Role.HEAD, fault=answer.head_fault))
    ops += [Wait(0.0, fault) for fault in answer.also_in_head]
    short = _frame_that_is_cut_short(answer)
    event = 0
    held: tuple[Write, ...] = ()  # what goes with the next
    for number, frame in enumerate(answer.frames):
        if frame.wait_s > 0:
            ops.append(Wait(frame.wait_s))
        if number == short and answer.length is not None:
            frame = _cut_short(answer, number)
            ops += [Wait(0.0, answer.length.fault)] if frame.fault != answer.length.fault else []
        event += frame.role is not Role.BODY
        segment = _segment(frame, event, answer.framing)
        if not frame.data:
            held = (*held, segment)
            continue
        ops += _with(held, segment) if held else (segment,)
        held = ()
    return (*ops, *_end(answer))


def chunk_size_cuts(op: Write) -> Sequence[int]:
    """Return the offsets inside the chunk-size line that a segment begins with, its CRLF included."""
    return range(1, op.lead)


def head(answer: Answer) -> bytes:
    """Return the status line and the headers."""
    headers: list[tuple[str, object]] = [*answer.headers]
    if answer.trailers:
        headers.append(("Trailer", ", ".join(name for name, _ in answer.trailers)))
    if answer.framing is Framing.CHUNKED:
        headers += [("Transfer-Encoding", value) for value in answer.transfer_encodings]
    if answer.length is not None or (answer.framing is Framing.LENGTH and answer.status not in BODILESS):
        headers += [("Content-Length", length) for length in _lengths(answer)]
    headers.append(("Connection", answer.persistence))
    version = _OLD_VERSION if answer.http_1_0 else _VERSION
    return _head(answer.status, version, headers, answer.head_form)


def _interim_head(interim: Interim) -> bytes:
    return _head(interim.status, _VERSION, interim.headers, USUAL)


def _head(status: int, version: str, headers: Iterable[tuple[str, object]], form: HeadForm) -> bytes:
    first = form.status_line(f"{version}{status}", REASONS.get(status, "Status"))
    lines = [first, *(form.header(name, value) for name, value in headers), ""]
    end = "\r\n" if form.line_end == "crlf" else "\n"
    return "".join(line + end for line in lines).encode("latin-1")


def _lengths(answer: Answer) -> list[int]:
    """Return what the head says of the body's length, which may be several things."""
    # A body that is never to end promises one byte more than will come.
    length = sum(len(frame.data) for frame in answer.frames) + (answer.open_fault is not None)
    if answer.length is None:
        return [length]
    said = [answer.length.off] if answer.length.again is None else [answer.length.off, answer.length.again]
    if length + min(said) < 0:  # the body may be smaller than it was without its coding
        raise Impossible(
            f"content_length can't say {-min(said)} bytes less than there are: the body, as it is sent, has {length}"
        )
    return [length + off for off in said]


def _frame_that_is_cut_short(answer: Answer) -> int | None:
    """Return which frame a reader who believes the head takes only a part of, or is the first to be left out."""
    if answer.framing is Framing.CHUNKED or answer.length is None or answer.length.off >= 0:
        return None
    ends = accumulate(len(frame.data) for frame in answer.frames)
    length = _lengths(answer)[0]
    return next((i for i, end in enumerate(ends) if end > length), None)


def _cut_short(answer: Answer, number: int) -> Frame:
    """Return the frame in which the head's length ends, marked with the last byte that it counts.

    It is as it was if that is not a byte of this frame, or if the frame shows another fault.
    """
    frame, ahead = answer.frames[number], sum(len(one.data) for one in answer.frames[:number])
    last = _lengths(answer)[0] - ahead - 1
    if last < 0 or answer.length is None or answer.length.fault is None or frame.harm is not None:
        return frame
    return replace(frame, fault=answer.length.fault, harm=last)


CONTINUE = f"{_VERSION}100 Continue\r\n\r\n".encode("latin-1")
"""The interim answer to a client that holds its body back until it is told to send it."""


def refusal(status: int) -> bytes:
    """Return the whole answer to what is no request, or none that can be understood."""
    return head(Answer((), status, framing=Framing.LENGTH, persistence=Persistence.CLOSE))


def for_http_1_0(answer: Answer) -> Answer:
    """Return an answer as a client of HTTP/1.0 can read it: it knows neither chunks nor connections that stay."""
    framing = Framing.CLOSE if answer.framing is Framing.CHUNKED else answer.framing
    return replace(answer, framing=framing, persistence=Persistence.CLOSE, to_http_1_0=True)


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
    """Return what the bytes of a head say, or of the beginning of one, or of a piece of one.

    If the answer's own has begun behind interim ones, what they say is passed over.
    """
    data = _INTERIM.sub(b"", data, count=1)
    first, *lines = data.decode("latin-1").replace("\r\n", "\n").split("\n")
    pairs = (line.lower().partition(":") for line in lines)
    headers = {name: value.strip(" \t") for name, _, value in pairs if value}
    framing = (headers.get(name) for name in ("transfer-encoding", "content-length", "connection"))
    return Head(first.removeprefix(_VERSION).removeprefix(_OLD_VERSION), headers, *framing)


def _segment(frame: Frame, event: int, framing: Framing) -> Write:
    tokens = () if frame.token is None else (frame.token,)
    events = () if frame.role is Role.BODY else (event,)
    if framing is not Framing.CHUNKED:
        return Write(
            frame.data, frame.role, tokens, events, fault=frame.fault, spoiled=frame.spoiled, harm=frame.harm
        )
    size = size_line(len(frame.data))
    data = size + frame.data + LINE_END
    harm = None if frame.harm is None else len(size) + frame.harm
    lead, tail = len(size), len(LINE_END)
    return Write(data, frame.role, tokens, events, lead, tail, frame.fault, spoiled=frame.spoiled, harm=harm)


def _with(held: Sequence[Write], segment: Write) -> tuple[Op, ...]:
    """Return a segment in which others end too, which have no bytes of their own.

    A segment has one mark, of what is noticed first in it: those of the others are pauses of no length behind it.
    """
    ops = (*held, segment)
    marks = list(dict.fromkeys(op.fault for op in ops if op.fault))
    mark = segment.fault if segment.harm is not None or not marks else marks[-1]
    joined = replace(
        segment,
        tokens=tuple(token for op in ops for token in op.tokens),
        events=tuple(event for op in ops for event in op.events),
        spoiled=tuple(token for op in ops for token in op.spoiled),
        fault=mark,
    )
    return (joined, *(Wait(0.0, fault) for fault in marks if fault != mark))


def _end(answer: Answer) -> tuple[Op, ...]:
    if answer.open_fault is not None:
        return (Silence(answer.open_fault),)
    closes = answer.persistence is Persistence.CLOSE or answer.framing is Framing.CLOSE
    match answer.framing:
        case Framing.CHUNKED:
            behind = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in answer.trailers) + LINE_END
            fault = answer.end_fault or answer.trailers_fault
            lead, tail = len(LAST_CHUNK_SIZE), len(behind)
            # That the body ends is told by the size, that there are trailers by what stands behind it.
            harm = 0 if answer.end_fault else lead if fault else None
            end: Op = Write(LAST_CHUNK_SIZE + behind, Role.END, lead=lead, tail=tail, fault=fault, harm=harm)
            return (end, Fin()) if closes else (end,)
        case Framing.CLOSE:
            return (Fin(answer.end_fault),)
        case Framing.LENGTH:
            # The last byte of the body ends it, so there is no operation of its own: a pause of no length marks it.
            missing = answer.length.fault if answer.length is not None and answer.length.off > 0 else None
            mark = tuple(Wait(0.0, fault) for fault in (answer.end_fault, missing) if fault is not None)
            return (*mark, Fin()) if closes else mark
