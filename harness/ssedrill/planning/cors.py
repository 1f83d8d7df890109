"""What a page in a browser must be told before it may ask, and read what it was answered (CORS).

A browser asks first, with a request of its own, whether a page may send what the page is about to send. A server
that is there to be drilled lets every page do everything.
"""

from __future__ import annotations

from ssedrill.dialects.base import Request
from ssedrill_faults.plan import Answer, Framing

_KEPT_S = "600"


def leave(request: Request) -> tuple[tuple[str, str], ...]:
    """Return the headers that let the page that made a request read its answer; none if no page made it."""
    if request.header("origin") is None:
        return ()
    return (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "*"))


def preflight(request: Request) -> Answer:
    """Return the answer to OPTIONS: whatever was asked for is allowed."""
    method = request.header("access-control-request-method") or "GET, POST"
    headers = request.header("access-control-request-headers") or "*"
    allowed = (
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", method),
        ("Access-Control-Allow-Headers", headers),  # by name: a star would leave out Authorization
        ("Access-Control-Max-Age", _KEPT_S),
    )
    return Answer((), 204, allowed, Framing.LENGTH)
