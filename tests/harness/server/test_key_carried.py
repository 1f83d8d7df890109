"""Wherever a request carries the drill's key, that is seen; a request without it is not accused."""

from __future__ import annotations

import base64

import pytest

from ssedrill.dialects.call import API_KEY
from ssedrill.server.http1.request_reader import RequestReader
from ssedrill.server.key_carried import key_in

BASIC = base64.b64encode(f"user:{API_KEY}".encode()).decode()


def received(path: str = "/x", header: str = "", body: str = ""):
    """Return a request as it came."""
    headers = ["Host: h", f"Content-Length: {len(body)}", *([header] if header else [])]
    lines = [f"POST {path} HTTP/1.1", *headers, "", body]
    return RequestReader().feed("\r\n".join(lines).encode())


@pytest.mark.parametrize(
    ("request_", "places"),
    [
        (received(), ()),
        (received("/x?key=other", "Authorization: Bearer other", "{}"), ()),
        (received(f"/x?key={API_KEY}"), ("the address",)),
        (received("/x?key=" + API_KEY.replace("-", "%2D")), ("the address",)),
        (received(header=f"Authorization: Bearer {API_KEY}"), ("the header authorization",)),
        (received(header=f"X-Whatever: {API_KEY}"), ("the header x-whatever",)),
        (received(header=f"Authorization: Basic {BASIC}"), ("the header authorization",)),
        (received(body=f'{{"key": "{API_KEY}"}}'), ("the body",)),
        (received(f"/{API_KEY}", f"A: {API_KEY}", API_KEY), ("the address", "the header a", "the body")),
    ],
)
def test_where_the_key_is(request_, places):
    """In the address, a header or the body; encoded or not."""
    assert key_in(request_) == places
