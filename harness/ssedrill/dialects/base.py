"""What a dialect is: the protocol on the stream, as pure functions from tokens to frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Stream
from ssedrill_faults.plan import Answer, Frame
from ssedrill_faults.voice import Voice


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the wire."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()  # names in lower case
    body: bytes = b""
    now_epoch_s: float = 0.0
    reused: bool = False  # its connection has carried a request before
    http_1_0: bool = False  # its client knows neither chunks nor connections that stay

    def header(self, name: str) -> str | None:
        """Return the first header of this name (in lower case)."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Ask:
    """What the dialect understood of a request."""

    kind: RequestKind  # never DOOR: a dialect has read it
    generation: str = ""  # of the text that is resumed or continued
    after_token: int = 0  # tokens up to this one are not wanted again, streaming or whole
    why: str = ""  # for "unknown": what was wrong with the request
    status: int = 404  # for "unknown": what it is answered with
    options: tuple[str, ...] = ()  # what else the request wants, in the dialect's own words


@dataclass(frozen=True, slots=True)
class Piece:
    """A token on its way into a frame."""

    number: int
    text: str
    generation: str


class Dialect(Voice, Protocol):
    """One protocol. Implementations hold no state: the same arguments give the same bytes."""

    @property
    def name(self) -> str:
        """The dialect's name in scenarios and reports."""

    @property
    def line_end(self) -> str:
        """The bytes that end a line of the stream: LF, or CR and LF."""

    def url(self, origin: str) -> str:
        """Return what a client of this dialect is given, from ``http://host:port``."""

    def path(self) -> str:
        """Return the path that a healthy client requests."""

    def healthy_body(self, prompt: str) -> bytes:
        """Return the body of a healthy client's streaming request; empty where that is a GET."""

    def understand(self, request: Request) -> Ask:
        """Read a request."""

    def opening(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return the frames before the first token."""

    def delta(self, ask: Ask, piece: Piece) -> Frame:
        """Return the frame that carries one token."""

    def closing(self, ask: Ask, generation: str, stream: Stream) -> Sequence[Frame]:
        """Return the frames after the last token; the last of them has the role TERMINAL."""

    def head(self, generation: str) -> tuple[tuple[str, str], ...]:
        """Return the headers of a streaming answer, but for framing and Connection."""

    def whole(self, text: str, generation: str, tokens: int) -> Answer:
        """Return the non-streaming answer with this text, which has so many tokens."""

    def refusal(self, ask: Ask) -> Answer:
        """Return the answer to a request that is "gone" or "unknown"."""
