"""One TLS context for all built-in clients that make one: that takes longer than most drills."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def default_context() -> ssl.SSLContext:
    """Return the context that a client makes by default, made once."""
    return ssl.create_default_context()
