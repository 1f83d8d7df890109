"""Where content is cut into pieces of one size."""

from __future__ import annotations

from collections.abc import Sequence


def every(size: int, spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return the offsets of every byte of content that begins a piece of this size, the first one left out."""
    found: list[int] = []
    due = size  # so many bytes of content come before the next cut
    for start, end in spans:
        cuts_here = range(start + due, end, size)
        found += cuts_here
        due += len(cuts_here) * size - (end - start)
    return found
