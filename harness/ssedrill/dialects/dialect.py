"""What a dialect is: the protocol on the stream, as pure functions.

A dialect is a folder: ``serve.py`` makes frames of tokens, ``ask.py`` reads requests and makes them, ``read.py``
takes the answer back out of the stream. The folder's ``__init__`` holds the one value that the table takes.

``read.py`` is a witness: the reference client reads with it what ``serve.py`` wrote. It shares no spelling with the
writer, so that a mistake in one of them shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from ssedrill.dialects.account import NO_ACCOUNT, Account
from ssedrill.dialects.answer import AnswerPart
from ssedrill.dialects.exchange import Ask, ClientRequest, Piece, Request, Resumption
from ssedrill.dialects.sse_decoder import SseEvent
from ssedrill.model.scenario import Stream
from ssedrill_faults.plan import Answer, Frame
from ssedrill_faults.voice import Voice

_LINE_ENDS = {"lf": "\n", "crlf": "\r\n"}


class Writer(Voice, Protocol):
    """From tokens to frames, bodies and errors (``serve.py``). It holds no state: same arguments, same bytes."""

    @property
    def line_end(self) -> str:
        """The bytes that end a line of the stream: LF, or CR and LF."""

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
        """Return the answer to a request of the kind GONE or UNKNOWN."""


@runtime_checkable
class AskModule(Protocol):
    """Requests: how a client is pointed at the server, what it asks, and what the server understands (``ask.py``)."""

    def url(self, origin: str) -> str:
        """Return what a client of this dialect is given: ``origin``, and what its base URLs end in.

        The origin is the run's own address, ``http://host:port/<run>``; a request is understood without the segment.
        """

    def url_of_call(self, url: str, call: int) -> str:
        """Return what one of several calls is sent to, if a request can't name its call by its prompt."""

    def environment(self, url: str, api_key: str) -> dict[str, str]:
        """Return the environment variables that point the dialect's own SDKs at this URL; none if it has no SDK."""

    def make_request(
        self,
        url: str,
        api_key: str,
        prompt: str,
        *,
        stream: bool = True,
        partial: str = "",
        last_event_id: str = "",
    ) -> ClientRequest:
        """Return a healthy client's request, streaming or whole.

        A dialect resumed by a cursor goes on after ``last_event_id``, one with continuation goes on from the text
        ``partial``; each leaves the other argument alone. If it is empty, the request is for a new answer.
        """

    def understand(self, request: Request) -> Ask:
        """Say what a request asks for. Never raises: what makes no sense is UNKNOWN, with a reason."""


@runtime_checkable
class ReadModule(Protocol):
    """What a client reads (``read.py``): strictly, and as people do who write their own few lines."""

    def read_event(self, event: SseEvent) -> tuple[AnswerPart, ...]:
        """Return what an event says; raises Unreadable if it can't be understood."""

    def read_whole(self, body: bytes) -> str:
        """Return the text of an answer without streaming; raises Unreadable if it can't be understood."""

    def quick_text(self, data: str) -> str:
        """Return the text of an event's data, found by the shortest way; raises whatever that way raises."""

    def quick_end(self, event_type: str, data: str) -> bool:
        """Tell, by the shortest way, whether an event ends the stream; ``event_type`` is empty if it is not known."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One protocol: how it is served, asked for and read."""

    name: str  # in scenarios, in reports and on the command line
    about: str  # one sentence
    resumption: Resumption
    serve: Callable[[str], Writer]  # from what ends its lines
    ask: AskModule
    read: ReadModule
    numbered: bool = False  # a client can tell by ids or numbers what comes twice, and what does not come
    reasons: frozenset[str] = frozenset()  # why its models stop: an answer that ends well says one of them
    account: Account = NO_ACCOUNT

    def writer(self, line_end: Literal["lf", "crlf"] = "lf") -> Writer:
        """Return what makes the frames, spelling its line ends so."""
        return self.serve(_LINE_ENDS[line_end])
