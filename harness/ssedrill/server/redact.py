"""Keep secrets, and addresses that differ from run to run, out of journals."""

from __future__ import annotations

import re

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"}
)
SECRET = "<secret>"
HOST = "<host>"

_SECRET_IN_PATH = re.compile(r"([?&](?:key|api[-_]key|access_token)=)[^&#]*", re.IGNORECASE)


def redacted_headers(headers: tuple[tuple[str, str], ...], port: int) -> tuple[tuple[str, str], ...]:
    """Return headers (names in lower case) fit to be kept."""
    return tuple((name, SECRET if name in SECRET_HEADERS else _without_host(value, port)) for name, value in headers)


def redacted_path(path: str, port: int) -> str:
    """Return a request target fit to be kept: some providers take the key in the query."""
    return _SECRET_IN_PATH.sub(rf"\1{SECRET}", _without_host(path, port))


def _without_host(text: str, port: int) -> str:
    # Few headers name the host, and a pattern for every listener's port would have to be compiled each time.
    return re.sub(rf"(?:127\.0\.0\.1|localhost):{port}\b", HOST, text) if f":{port}" in text else text
