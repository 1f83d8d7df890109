"""What is no request of HTTP/1, and what is wrong with one, in plain words (RFC 9112)."""

from __future__ import annotations

from collections.abc import Sequence

BIGGEST_HEAD_BYTES = 128 * 1024
BIGGEST_BODY_BYTES = 64 * 1024 * 1024
HEAD_TOO_LARGE = (f"its head is larger than {BIGGEST_HEAD_BYTES} bytes", 431)
BODY_TOO_LARGE = (f"its body is larger than {BIGGEST_BODY_BYTES} bytes", 413)
_OTHER_PROTOCOLS = (
    (b"\x16\x03", "a TLS hello, but this is plain HTTP", 400),
    (b"PRI * HTTP/2.0\r\n", "the preface of HTTP/2, but only HTTP/1.1 is spoken here", 505),
)

FIRST_BYTES = max(len(start) for start, _, _ in _OTHER_PROTOCOLS)
"""So many bytes tell what somebody speaks."""


def other_protocol(first: bytes) -> tuple[str, int] | None:
    """Return what a client's first bytes are instead of a request, and the status that this is answered with."""
    return next(((why, status) for start, why, status in _OTHER_PROTOCOLS if first.startswith(start)), None)


def wrong_with_head(version: str, target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> tuple[str, int] | None:
    """Return what is wrong with a head that could be read, and its status, or None; names are in lower case.

    With a length and chunks nobody knows where the body ends, and two who differ in that can be made to see two
    different requests.
    """
    if not version.startswith("1."):
        return f"HTTP/{version} is not spoken here", 505
    if len(target) + sum(len(name) + len(value) for name, value in headers) > BIGGEST_HEAD_BYTES:
        return HEAD_TOO_LARGE
    lengths = [value for name, value in headers if name == b"content-length"]
    if lengths and any(name == b"transfer-encoding" for name, _ in headers):
        return "both Content-Length and Transfer-Encoding, which say two things about where it ends", 400
    return BODY_TOO_LARGE if lengths and int(lengths[0]) > BIGGEST_BODY_BYTES else None
