"""What passes between a client and a dialect: requests, what they ask for, and tokens on their way into frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ssedrill.model.request_kind import RequestKind


@dataclass(frozen=True, slots=True)
class Foreign:
    """Why a request is not the client's, and the status that it is answered with."""

    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the wire."""

    method: str
    path: str  # without the run's own segment
    headers: tuple[tuple[str, str], ...] = ()  # names in lower case
    body: bytes = b""
    now_epoch_s: float = 0.0
    run_t: float = 0.0  # when in the run it came, in seconds
    reused: bool = False  # its connection has carried a request before
    fallback: bool = False  # it came to the run's second address
    http_1_0: bool = False  # its client knows neither chunks nor connections that stay
    foreign: Foreign | None = None  # somebody else's: no dialect reads it, and no fault is for it
    call: int = 1  # of the run, to which it belongs
    places: tuple[tuple[str, str], ...] = ()  # what placeholders in a scenario's text stand for

    def header(self, name: str) -> str | None:
        """Return the first header of this name (in lower case)."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Ask:
    """What the dialect understood of a request."""

    kind: RequestKind  # never DOOR: a dialect has read it
    generation: str = ""  # of the text that is resumed or continued
    after_token: int = 0  # tokens up to this one are not wanted again, streaming or whole
    why: str = ""  # for UNKNOWN: what was wrong with the request
    status: int = 404  # for UNKNOWN: what it is answered with
    call: int = 0  # of a run with several, as the prompt or the path names it; 0: neither does
    options: tuple[str, ...] = ()  # what else the request wants, in the dialect's own words


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """The request that a client makes, ready for any HTTP library."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    json: dict[str, Any] | None = None  # the body, if the request has one


class Resumption(StrEnum):
    """How a client that was cut off can be given the rest of the same answer."""

    CURSOR = "cursor"  # it names the last event that it has
    CONTINUATION = "continuation"  # it hands the partial answer back
    NONE = "none"  # not at all: it can only start over


@dataclass(frozen=True, slots=True)
class Piece:
    """A token on its way into a frame."""

    number: int
    text: str
    generation: str
