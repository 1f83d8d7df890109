"""An attempt as pure data: frames, the answer that holds them, and the wire operations they become.

Nothing in this module does anything. A frame is one SSE block; an answer is what a healthy server would say;
operations are what is done to the socket, one after the other. Because the vocabulary of operations is closed and
includes how a socket ends, a plan can be shown, stored, compared and replayed without running it. How an answer looks
in bytes is the business of ``http1``.

Tokens are numbered from 1, events from 1 within their answer, bytes from 0 within what the attempt writes.
Durations are seconds. ``fault`` on a frame or an operation names the fault that put it there or changed it: that
mark is how the wire journal knows, later, that the fault took effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from ssedrill_faults.head_form import USUAL, HeadForm


class Role(StrEnum):
    """What a piece of the answer is for."""

    HEAD = "head"  # status line and headers
    START = "start"  # the dialect's opening events
    DELTA = "delta"  # carries one token
    PING = "ping"  # keeps the connection alive, says nothing
    ERROR = "error"  # an error event or an error body
    STOP = "stop"  # the dialect's closing events, up to the terminal one
    TERMINAL = "terminal"  # the event that says "this answer is complete"
    EXTRA = "extra"  # an event that a fault has written and that carries no token
    BODY = "body"  # a whole, non-streaming answer
    END = "end"  # what ends the HTTP body, if that takes bytes of its own


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
    """One SSE block (or a whole body), ending included, before HTTP framing.

    Without bytes of its own it is sent with the next one.
    """

    data: bytes
    role: Role
    token: int | None = None
    wait_s: float = 0.0  # the pause before it
    fault: str | None = None
    spoiled: tuple[int, ...] = ()  # tokens whose slot this is, but whose text nobody may rely on any more
    harm: int | None = None  # the offset of the first byte by which its fault can be noticed; None: it has none

    @property
    def token_slots(self) -> tuple[int, ...]:
        """The tokens whose slot in the stream this is, delivered or spoiled."""
        return self.spoiled if self.token is None else (self.token, *self.spoiled)


@dataclass(frozen=True, slots=True)
class Interim:
    """What is said ahead of the answer and is none itself (RFC 9110, 15.2)."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    wait_s: float = 0.0  # the pause before it
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """What the head says of the body's length, if that is not simply the truth."""

    off: int = 0  # so many bytes more than the body has
    again: int | None = None  # said once more, off by so many bytes
    fault: str | None = None


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
    also_in_head: tuple[str, ...] = ()  # other faults that changed headers
    interim: tuple[Interim, ...] = ()
    trailers: tuple[tuple[str, str], ...] = ()  # headers behind the body
    trailers_fault: str | None = None
    transfer_encodings: tuple[str, ...] = ("chunked",)  # what the head says of a chunked body, line by line
    length: Length | None = None
    head_form: HeadForm = USUAL
    http_1_0: bool = False  # it says that it is of HTTP/1.0
    to_http_1_0: bool = False  # its client knows only that
    coding: Callable[[tuple[Frame, ...]], tuple[Frame, ...]] | None = None  # how frames are coded, at the very last

    def with_head_of(self, fault: str) -> Answer:
        """Return the answer with one more fault that changed its status or headers."""
        if self.head_fault is None:
            return replace(self, head_fault=fault)
        return replace(self, also_in_head=(*self.also_in_head, fault))


@dataclass(frozen=True, slots=True)
class Write:
    """Write these bytes as one segment: framing, content, framing.

    ``lead`` and ``tail`` count the bytes of framing ahead of the content and behind it. Whoever renders an answer
    sets them, and everybody else goes by them: only the renderer knows what framing looks like.
    ``tokens`` and ``events`` are the numbers of the tokens and the events whose last byte is in this segment. If
    several events share a segment, ``token_ends`` and ``event_ends`` are the offsets behind those last bytes; if
    they are empty, everything ends with the segment's content. ``spoiled`` are tokens that stood here before a fault
    damaged them: they are not delivered, but "after token 12" still is behind them. ``harm`` is the offset of the
    first byte by which a client can notice the fault: whoever has read it has met the fault. If there is none, the
    whole segment must have been read.
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
    harm: int | None = None

    @property
    def content_end(self) -> int:
        """The offset behind the content, where the framing behind it begins."""
        return len(self.data) - self.tail

    @property
    def content(self) -> bytes:
        """The bytes between the framing at both ends."""
        return self.data[self.lead : self.content_end]

    @property
    def token_slots(self) -> tuple[int, ...]:
        """The tokens whose slots end in this segment, delivered or spoiled."""
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


def body_of(ops: Sequence[Op]) -> list[Write]:
    """Return the segments of a body, in order: what is written and is no head."""
    return [op for op in ops if isinstance(op, Write) and op.role is not Role.HEAD]


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
class Extra:
    """What a right reader gets besides tokens: text that is none, or an event's number without a token."""

    at: int  # how many bytes of the body's content must have come for it
    text: str = ""
    after: int = 0  # the last token ahead of it that can be read; 0 if there is none
    new: int = 0  # the last that had not come before
    says: int = 0  # which token its event says it is; 0: nothing


@dataclass(frozen=True, slots=True)
class Readable:
    """What a right reader gets out of a body; the fields are those of a plan."""

    reads: tuple[int, ...] = ()
    reads_at: tuple[int, ...] = ()
    says: tuple[int, ...] = ()
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one attempt will do, known before a byte is written."""

    attempt: int
    ops: tuple[Op, ...]
    door: Door = Open()
    status: int | None = None
    retry_after_s: float | None = None
    generation: str = ""  # which production of the text it serves; empty if it serves none
    first_token: int | None = None
    faults: tuple[str, ...] = ()  # names, in the scenario's order
    breaking: tuple[str, ...] = ()  # those of them that do more than reshape a complete answer
    reads: tuple[int, ...] = ()  # if faults rewrite its text: the tokens as they can be read, and 0 at a proper end
    reads_at: tuple[int, ...] = ()  # how many bytes of the body's content must have come for each of them
    says: tuple[int, ...] = ()  # which tokens their events say they are, 0: nothing; left out if none says anything
    extras: tuple[Extra, ...] = ()  # what can be read besides those tokens, in its order
    after: int = 0  # the token behind which it was asked to go on, if ``reads`` says how it does
    rule: int = 0  # the scenario's attempt that it follows, if that is not told by the number of this one

    @property
    def redirects(self) -> bool:
        """It says that the answer is elsewhere (RFC 9110, 15.4), which is no failure."""
        return self.status is not None and 300 <= self.status < 400

    @property
    def data(self) -> bytes:
        """All bytes that the plan writes, joined."""
        return b"".join(op.data for op in self.ops if isinstance(op, Write))
