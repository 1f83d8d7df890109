"""An attempt as pure data: frames, the answer that holds them, and the wire operations they become.

Nothing in this module does anything. A frame is one SSE block; an answer is what a healthy server would say;
operations are what is done to the socket, one after the other. Because the vocabulary of operations is closed and
includes how a socket ends, a plan can be shown, stored, compared and replayed without running it.

Tokens are numbered from 1, events from 1 within their answer, bytes from 0 within what the attempt writes.
Durations are seconds. ``fault`` on a frame or an operation names the fault that put it there or changed it: that
mark is how the wire journal knows, later, that the fault took effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Role(StrEnum):
    """What a piece of the answer is for."""

    HEAD = "head"  # status line and headers
    START = "start"  # the dialect's opening events
    DELTA = "delta"  # carries one token
    PING = "ping"  # keeps the connection alive, says nothing
    ERROR = "error"  # an error event or an error body
    STOP = "stop"  # the dialect's closing events, up to the terminal one
    TERMINAL = "terminal"  # the event that says "this answer is complete"
    BODY = "body"  # a whole, non-streaming answer
    END = "end"  # the end of the HTTP body (the last chunk)


class Framing(StrEnum):
    """How HTTP/1.1 marks the end of the body."""

    CHUNKED = "chunked"
    LENGTH = "length"
    CLOSE = "close"


class Persistence(StrEnum):
    """The answer's ``Connection`` header; clients change their verdict with it, so a plan always names it."""

    KEEP_ALIVE = "keep-alive"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Frame:
    """One SSE block (or a whole body), ending included, before HTTP framing."""

    data: bytes
    role: Role
    token: int | None = None
    wait_s: float = 0.0  # the pause before it
    fault: str | None = None
    spoiled: tuple[int, ...] = ()  # tokens whose place this is, but whose text nobody may rely on any more

    @property
    def places(self) -> tuple[int, ...]:
        """The tokens whose place this is, delivered or spoiled."""
        return self.spoiled if self.token is None else (self.token, *self.spoiled)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before it is turned into operations; faults of the HTTP and SSE layers rewrite it."""

    frames: tuple[Frame, ...]
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    framing: Framing = Framing.CHUNKED
    persistence: Persistence = Persistence.KEEP_ALIVE
    retry_after_s: float | None = None  # the wait that the answer asks for, however it is spelled
    head_fault: str | None = None  # the fault that changed status or headers
    end_fault: str | None = None  # the fault whose effect is that the body ends here
    open_fault: str | None = None  # the fault whose effect is that the body never ends


@dataclass(frozen=True, slots=True)
class Write:
    """Write these bytes as one segment.

    ``lead`` and ``tail`` are the bytes of HTTP framing at both ends (the chunk-size line, the CRLF after the chunk).
    ``tokens`` and ``events`` are the numbers of the tokens and the events whose last byte is in this segment. Where
    several events share a segment, ``token_ends`` and ``event_ends`` are the offsets behind those last bytes; where
    they are empty, everything ends with the segment's body. ``spoiled`` are tokens that stood here before a fault
    damaged them: they are not delivered, but "after token 12" still is behind them.
    """

    data: bytes
    role: Role
    tokens: tuple[int, ...] = ()
    events: tuple[int, ...] = ()
    lead: int = 0
    tail: int = 0
    fault: str | None = None
    token_ends: tuple[int, ...] = ()
    event_ends: tuple[int, ...] = ()
    spoiled: tuple[int, ...] = ()

    @property
    def places(self) -> tuple[int, ...]:
        """The tokens whose places end in this segment, delivered or spoiled."""
        return (*self.tokens, *self.spoiled)


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for this long."""

    seconds: float
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class AwaitConsumed:
    """Hold until the client has taken every byte written so far out of its kernel's buffer."""

    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Fin:
    """Close the socket in an orderly way (TCP FIN)."""

    fault: str | None = None


@dataclass(frozen=True, slots=True)
class HalfClose:
    """Send FIN but go on reading: the client's own data still arrive."""

    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """Abort the connection (TCP RST); the client sees ECONNRESET."""

    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """Write nothing more and keep the socket open until the client leaves or the drill ends."""

    fault: str | None = None


Op: TypeAlias = Write | Wait | AwaitConsumed | Fin | HalfClose | Reset | Silence

ENDINGS = (Fin, HalfClose, Reset, Silence)
"""Operations after which an attempt writes nothing more."""


@dataclass(frozen=True, slots=True)
class Open:
    """The ordinary door: accept, read the request, play the operations."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do not listen for this long, so that connects fail with ECONNREFUSED; then the next attempt's door holds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class CloseOnAccept:
    """Accept the connection and end it at once, before any request is read."""

    reset: bool


@dataclass(frozen=True, slots=True)
class Mute:
    """Accept the connection and neither read nor answer."""


Door: TypeAlias = Open | Refuse | CloseOnAccept | Mute


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one attempt will do, known before a byte is written."""

    attempt: int
    ops: tuple[Op, ...]
    door: Door = Open()
    status: int | None = None
    retry_after_s: float | None = None
    generation: str = ""  # which production of the text it serves; empty where it serves none
    first_token: int | None = None
    faults: tuple[str, ...] = ()  # names, in the scenario's order
    breaking: tuple[str, ...] = ()  # those of them that do more than reshape a complete answer

    @property
    def data(self) -> bytes:
        """All bytes that the plan writes, joined."""
        return b"".join(op.data for op in self.ops if isinstance(op, Write))


def render(answer: Answer) -> tuple[Op, ...]:
    """Turn an answer into the operations of a healthy server: one segment for the head, one for each frame."""
    ops: list[Op] = [Write(_head(answer), Role.HEAD, fault=answer.head_fault)]
    event = 0
    for frame in answer.frames:
        if frame.wait_s > 0:
            ops.append(Wait(frame.wait_s))
        event += frame.role is not Role.BODY
        ops.append(_segment(frame, event, answer.framing))
    return (*ops, *_end(answer))


def _segment(frame: Frame, event: int, framing: Framing) -> Write:
    tokens = () if frame.token is None else (frame.token,)
    events = () if frame.role is Role.BODY else (event,)
    if framing is not Framing.CHUNKED:
        return Write(frame.data, frame.role, tokens, events, fault=frame.fault, spoiled=frame.spoiled)
    size = b"%x\r\n" % len(frame.data)
    data = b"%b%b\r\n" % (size, frame.data)
    return Write(data, frame.role, tokens, events, len(size), 2, frame.fault, spoiled=frame.spoiled)


def _end(answer: Answer) -> tuple[Op, ...]:
    if answer.open_fault is not None:
        return (Silence(answer.open_fault),)
    closes = answer.persistence is Persistence.CLOSE or answer.framing is Framing.CLOSE
    match answer.framing:
        case Framing.CHUNKED:
            end: Op = Write(b"0\r\n\r\n", Role.END, lead=3, tail=2, fault=answer.end_fault)
            return (end, Fin()) if closes else (end,)
        case Framing.CLOSE:
            return (Fin(answer.end_fault),)
        case Framing.LENGTH:
            # The last byte of the body ends it, so there is no operation of its own: a pause of no length marks it.
            mark = (Wait(0.0, answer.end_fault),) if answer.end_fault is not None else ()
            return (*mark, Fin()) if closes else mark


def _head(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if answer.framing is Framing.CHUNKED:
        lines.append("Transfer-Encoding: chunked")
    elif answer.framing is Framing.LENGTH and answer.status not in BODILESS:
        # A body that is never to end promises one byte more than will come.
        length = sum(len(frame.data) for frame in answer.frames) + (answer.open_fault is not None)
        lines.append(f"Content-Length: {length}")
    lines.append(f"Connection: {answer.persistence}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


BODILESS = (204, 304)
"""Statuses whose answers have no body and no Content-Length."""

REASONS = {
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
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    529: "Overloaded",
}
