"""What faults and their folding ask of the version of HTTP that an answer is sent in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ssedrill_faults.plan import Answer, Op, Write


class HttpVersion(Protocol):
    """Knows how HTTP looks in bytes. Everybody else names what is meant and asks; ``http1`` is one."""

    def render(self, answer: Answer, /) -> tuple[Op, ...]:
        """Return the operations of a healthy server, with the framing of each segment counted in it."""

    def head(self, answer: Answer, /) -> bytes:
        """Return what stands ahead of the body."""

    def chunk_size_cuts(self, op: Write, /) -> Sequence[int]:
        """Return the offsets in a segment, ascending, that lie inside the size which its framing gives the content.

        None if the segment's framing gives no size.
        """

    def in_pieces(self, body: Sequence[Write], /) -> bool:
        """Tell whether HTTP sends this body in pieces, each with its size."""

    def content_spans(self, op: Write, /) -> Sequence[tuple[int, int]]:
        """Return the pieces of a segment's data that are content, each by its two ends, in order."""

    def cut_content(self, op: Write, offsets: Sequence[int], /) -> tuple[Write, ...]:
        """Return the segment cut at these ascending offsets of its content, each part framed by itself if it can be.

        So it is cut for a reader too who takes what HTTP calls a piece of the body.
        """

    def rechunked(self, body: Sequence[Write], size: int, /) -> list[tuple[Write, ...]]:
        """Return for each segment of a body the ones in its place, in pieces of HTTP's that all have this size.

        Raises ValueError if HTTP does not cut this body into pieces.
        """

    def extended(self, body: Sequence[Write], extension: str, /) -> list[Write]:
        """Return the segments of a body with this text beside the size of each piece. Raises ValueError as above."""

    def respelled(self, body: Sequence[Write], ahead: str, behind: str, /) -> list[Write]:
        """Return the segments with these texts around the size of each piece. Raises ValueError as above."""

    def gaps(self, body: Sequence[Write], /) -> list[bool]:
        """Tell of each segment of a body whether another piece could come behind it. Raises ValueError as above."""

    def missized(self, op: Write, size: str | None, off: int, /) -> Write:
        """Return a segment that says it has this size, or its own with ``off`` added. Raises ValueError as above."""
