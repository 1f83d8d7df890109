"""What an independent HTTP/1.1 client reads from the bytes of a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import h11


@dataclass(frozen=True)
class Read:
    """An answer as h11 understood it."""

    status: int
    reason: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    complete: bool  # the body's end was seen
    stays: bool  # its head says that the connection can carry another request
    left_over: bytes  # bytes behind the end
    interim: tuple[int, ...] = ()  # the statuses ahead of the final one
    trailers: tuple[tuple[str, str], ...] = ()


def read_by_h11(segments: Sequence[bytes], *, closes: bool, method: str = "GET") -> Read:
    """Return what h11 reads from these segments; ``closes``: the connection ends behind them."""
    client = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    client.send(h11.EndOfMessage())
    response: h11.Response | None = None
    body, complete = b"", False
    interim: list[int] = []
    trailers: tuple[tuple[str, str], ...] = ()
    for segment in [*segments, *([b""] if closes else [])]:
        client.receive_data(segment)
        while not complete and (event := client.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if isinstance(event, h11.InformationalResponse):
                interim.append(event.status_code)
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                complete = True
                trailers = tuple((name.decode(), value.decode()) for name, value in event.headers)
            else:
                raise AssertionError(f"h11 read {event!r}")
    assert response is not None
    return Read(
        response.status_code,
        response.reason.decode(),
        {name.decode(): value.decode("latin-1") for name, value in response.headers},
        body,
        complete,
        client.their_state is h11.DONE,
        client.trailing_data[0],
        tuple(interim),
        trailers,
    )
