"""Cut the body into chunks that do not follow its events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.http.in_body import in_body
from ssedrill_faults.pieces import check_pieces
from ssedrill_faults.plan import Op, Role, Write
from ssedrill_faults.segment import marked_parts


@dataclass(frozen=True, kw_only=True)
class ChunkBordersFault(WireFault):
    """Begin a chunk every so many bytes, wherever that is in the events; when they are sent stays as it is.

    A proxy's chunks are as large as its buffers, so that an event is in two of them, or a character.
    """

    name = "chunk_borders"
    shaping = True
    once = True

    size: int
    """The bytes of content in each chunk."""

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 1 << 40:
            raise ValueError("size must be at least 1 byte, and no more than a TiB")

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put other chunks in place of those that are there."""
        check_pieces(self.size, sum(len(op.content) for op in ops if isinstance(op, Write)), "chunks")
        otherwise = f"{self.name} can't give the chunks its size"
        return in_body(ops, lambda body: self._changed(body, ctx), "size", otherwise, ctx.http)

    def _changed(self, body: Sequence[Write], ctx: Context) -> Iterator[list[Write]]:
        for op, pieces in zip(body, ctx.http.rechunked(body, self.size), strict=True):
            marked = zip(pieces, marked_parts(op, pieces, self.name), strict=True)
            yield [one if one.role is Role.END and one.harm is None else other for one, other in marked]
