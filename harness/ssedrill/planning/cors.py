"""What a page in a browser must be told before it may ask, and read what it was answered (CORS).

A browser asks first, with a request of its own, whether a page may send what the page is about to send. Only pages
of the origins that the scenario names may; to all others the server says nothing that a browser would go by.
"""

from __future__ import annotations

from collections.abc import Sequence

from ssedrill.dialects.exchange import Request
from ssedrill_faults.plan import Answer, Framing

_KEPT_S = "600"


def leave(request: Request, origins: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the headers that let the page that made a request read its answer; none if it is not let in."""
    origin = _let_in(request, origins)
    if origin is None:
        return ()
    return (("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", "*"), ("Vary", "Origin"))


def preflight(request: Request, origins: Sequence[str]) -> Answer:
    """Return the answer to OPTIONS: whatever a page that is let in asked for is allowed, any other is refused."""
    origin = _let_in(request, origins)
    if origin is None:
        return Answer((), 204 if request.header("origin") is None else 403, (), Framing.LENGTH)
    method = request.header("access-control-request-method") or "GET, POST"
    headers = request.header("access-control-request-headers") or "*"
    allowed = (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Methods", method),
        ("Access-Control-Allow-Headers", headers),  # by name: a star would leave out Authorization
        ("Access-Control-Max-Age", _KEPT_S),
        ("Vary", "Origin"),
    )
    return Answer((), 204, allowed, Framing.LENGTH)


def _let_in(request: Request, origins: Sequence[str]) -> str | None:
    """Return the origin of the page that made a request, if it is one of those that are let in, and asks here."""
    origin = request.header("origin")
    return origin if origin in origins and request.foreign is None else None
