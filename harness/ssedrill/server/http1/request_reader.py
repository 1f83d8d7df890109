"""Read one request from bytes, however they are cut. No socket in sight; h11 does the parsing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import h11

from ssedrill_faults.http1_requests import (
    BIGGEST_BODY_BYTES,
    BIGGEST_HEAD_BYTES,
    BODY_TOO_LARGE,
    FIRST_BYTES,
    HEAD_TOO_LARGE,
    other_protocol,
    wrong_with_head,
)

_ABSOLUTE = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)


class Malformed(Exception):
    """What the client sent is no HTTP/1.1 request, or one bigger than anybody should send; says why."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status
        """What it is answered with."""


@dataclass(frozen=True, slots=True)
class Received:
    """A complete request, and whether its client wants the connection closed after the answer."""

    method: str
    path: str  # with the query; if the client sent a whole URL, what stands behind its host
    headers: tuple[tuple[str, str], ...]  # names in lower case
    body: bytes
    wants_close: bool
    http_1_0: bool = False
    host: str = ""  # the server that it is meant for, as the client names it; empty if it names none


class RequestReader:
    """Reads one request; what follows it is in ``rest`` afterwards."""

    def __init__(self) -> None:
        self._first = b""
        self._request: h11.Request | None = None
        self._body: list[bytes] = []
        self._size = 0
        self._asked_to_go_on = False
        self.begun = False  # some bytes of a request have come

    @cached_property
    def _h11(self) -> h11.Connection:
        """Made when the first bytes come: most connections carry one request, and none comes after it."""
        return h11.Connection(h11.SERVER, max_incomplete_event_size=BIGGEST_HEAD_BYTES)

    def feed(self, data: bytes) -> Received | None:
        """Take some bytes and return the request if it is complete. Raises Malformed."""
        self.begun = self.begun or bool(data)
        self._first = (self._first + data[:FIRST_BYTES])[:FIRST_BYTES]
        if other := other_protocol(self._first):
            raise Malformed(*other)
        try:
            self._h11.receive_data(data)
            while True:
                event = self._h11.next_event()
                if isinstance(event, h11.Request):
                    if wrong := wrong_with_head(event.http_version.decode("latin-1"), event.target, [*event.headers]):
                        raise Malformed(*wrong)
                    self._request = event
                elif isinstance(event, h11.Data):
                    self._keep(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    return self._complete()
                else:
                    return None
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                raise Malformed(*HEAD_TOO_LARGE) from error
            why = str(error).partition(": bytearray")[0]  # what stands behind it may be an address, or a secret
            raise Malformed(why, error.error_status_hint) from error

    def go_on(self) -> bool:
        """Tell, once, that the client holds its body back until it is told to send it."""
        if self._asked_to_go_on or not self._h11.they_are_waiting_for_100_continue:
            return False
        self._asked_to_go_on = True
        return True

    @property
    def rest(self) -> bytes:
        """Bytes that came after the end of the request."""
        return self._h11.trailing_data[0]

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > BIGGEST_BODY_BYTES:
            raise Malformed(*BODY_TOO_LARGE)
        self._body.append(data)

    def _complete(self) -> Received:
        assert self._request is not None
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._request.headers)
        host, path = _split(self._request.target.decode("latin-1"))
        return Received(
            self._request.method.decode("latin-1"),
            path,
            headers,
            b"".join(self._body),
            self._h11.their_state is h11.MUST_CLOSE,
            self._request.http_version == b"1.0",
            host or next((value for name, value in headers if name == "host"), ""),
        )


def _split(target: str) -> tuple[str, str]:
    """Return host and path of a request target; most have no host.

    Every server must understand a whole URL, and go by its host rather than by the header (RFC 9112, 3.2.2).
    """
    found = _ABSOLUTE.match(target)
    if found is None:
        return "", target
    rest = target[found.end() :]
    return found[1], rest if rest.startswith("/") else f"/{rest}"
