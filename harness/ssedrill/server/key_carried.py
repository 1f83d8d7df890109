"""Where a request carries the drill's key: a client may hand it on in other ways than it was given it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import unquote

from ssedrill.dialects.call import API_KEY
from ssedrill.server.http1.request_reader import Received


def key_in(received: Received) -> tuple[str, ...]:
    """Return the places in a request, by name, that hold the key: as it is, percent-encoded, or in base64."""
    return tuple(dict.fromkeys(_places(received)))


def _places(received: Received) -> Iterator[str]:
    if API_KEY in unquote(received.path):
        yield "the address"
    for name, value in received.headers:
        if API_KEY in unquote(value) or any(API_KEY.encode() in _decoded(word) for word in value.split()):
            yield f"the header {name}"
    if API_KEY.encode() in received.body:
        yield "the body"


def _decoded(word: str) -> bytes:
    try:
        return base64.b64decode(word, validate=True)
    except (ValueError, binascii.Error):
        return b""
