"""How many pieces a body may be cut into: each of them is an operation of the plan, and an entry of the journal."""

from __future__ import annotations

from ssedrill_faults.fault import Impossible

MOST_PIECES = 250_000


def check_pieces(size: int, content: int, what: str, setting: str = "size") -> None:
    """Raise Impossible if so many bytes of content make too many pieces of this size; ``what`` are they called."""
    if content > size * MOST_PIECES:
        raise Impossible(f"{setting} {size} makes more than {MOST_PIECES} {what} of {content} bytes")
