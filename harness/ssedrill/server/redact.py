"""Keep secrets, and addresses that differ from run to run, out of journals."""

from __future__ import annotations

import re

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"}
)
SECRET = "<secret>"
HOST = "<host>"

_HOST_AND_PORT = re.compile(r"(?:127\.0\.0\.1|localhost):(\d+)\b")
_SECRET_IN_PATH = re.compile(r"([?&](?:key|api[-_]key|access_token)=)[^&#]*", re.IGNORECASE)


def redacted_headers(headers: tuple[tuple[str, str], ...], port: int) -> tuple[tuple[str, str], ...]:
    """Return headers (names in lower case) fit to be kept."""
    return tuple((name, SECRET if name in SECRET_HEADERS else _without_host(value, port)) for name, value in headers)


def redacted_path(path: str, port: int) -> str:
    """Return a request target fit to be kept: some providers take the key in the query."""
    return _SECRET_IN_PATH.sub(rf"\1{SECRET}", _without_host(path, port))


def _without_host(text: str, port: int) -> str:
    return _HOST_AND_PORT.sub(lambda found: HOST if found[1] == str(port) else found[0], text)
