"""What a clock raises into a client, and what it raises out of the hosting of one."""

from __future__ import annotations


class Spinning(RuntimeError):
    """The client keeps running without letting time pass."""


class Halt(BaseException):
    """Raised into a client to end it; not an Exception, so that a client's own retry loop lets it through."""
