"""What faults and their folding ask of the version of HTTP that an answer is sent in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ssedrill_faults.plan import Answer, Op, Write


class HttpVersion(Protocol):
    """Knows how HTTP looks in bytes. Everybody else names what is meant and asks; ``http1`` is one."""

    def render(self, answer: Answer, /) -> tuple[Op, ...]:
        """Return the operations of a healthy server, with the framing of each segment counted in it."""

    def chunk_size_cuts(self, op: Write, /) -> Sequence[int]:
        """Return the offsets in a segment, ascending, that lie inside the size which its framing gives the content.

        None if the segment's framing gives no size.
        """
