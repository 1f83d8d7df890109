"""Where a request carries a key that it should not: a client may hand it on in other ways than it was given it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterator
from urllib.parse import parse_qsl, unquote_to_bytes

from ssedrill.dialects.call import API_KEY
from ssedrill.model.secrets.names import speaks_of_credential, speaks_of_session
from ssedrill.server.http1.request_reader import Received

SHORTEST = 8
"""A shorter value may be a word like any other: it is not looked for."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{11,}={0,2}")


class KeysOfRun:
    """The keys of a run: that of the drill, and by what else its requests say to the first origin who asks."""

    def __init__(self) -> None:
        self._keys = {API_KEY}

    def told(self, received: Received) -> None:
        """Take the credentials of a request to the first origin; what a server gives, such as a cookie, is none."""
        fields = [*received.headers, *parse_qsl(received.path.partition("?")[2])]
        named = [value for name, value in fields if speaks_of_credential(name) and not speaks_of_session(name)]
        self._keys.update(word for value in named for word in value.split()[-1:] if len(word) >= SHORTEST)

    def places(self, received: Received) -> tuple[str, ...]:
        """Return the places in a request to another origin that hold one of them."""
        return key_in(received, self._keys)


def key_in(received: Received, keys: Collection[str] = (API_KEY,)) -> tuple[str, ...]:
    """Return the places in a request, by name, that hold a key: as it is, percent-encoded, or in base64."""
    wanted = [key.encode() for key in sorted(keys)]
    return tuple(dict.fromkeys(place for place, data in _places(received) if _holds(data, wanted)))


def _places(received: Received) -> Iterator[tuple[str, bytes]]:
    yield "the address", received.path.encode()
    yield from ((f"the header {name}", value.encode()) for name, value in received.headers)
    yield "the body", received.body


def _holds(data: bytes, keys: Collection[bytes]) -> bool:
    if any(key in data for key in keys):
        return True
    plain = unquote_to_bytes(data)
    return any(key in text for key in keys for text in (plain, *map(_decoded, _BASE64.findall(plain))))


def _decoded(word: bytes) -> bytes:
    """Return what a word says in base64, of either alphabet, padded or not; nothing if it is none."""
    bare = word.rstrip(b"=")
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4), b"-_" if re.search(rb"[-_]", bare) else None)
    except (ValueError, binascii.Error):
        return b""
