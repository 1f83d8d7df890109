"""Cut the body into chunks that do not follow its events."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.plan import Op, Role, Write


@dataclass(frozen=True, kw_only=True)
class ChunkBordersFault(WireFault):
    """Begin a chunk every so many bytes, wherever that is in the events; when they are sent stays as it is.

    A proxy's chunks are as large as its buffers, so that an event is in two of them, or a character.
    """

    name = "chunk_borders"
    shaping = True

    size: int
    """The bytes of content in each chunk."""

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 1 << 40:
            raise ValueError("size must be at least 1 byte, and no more than a TiB")

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put other chunks in place of those that are there."""
        body = [op for op in ops if isinstance(op, Write) and op.role is not Role.HEAD]
        try:
            parts = iter(ctx.http.rechunked(body, self.size))
        except ValueError as problem:
            raise Impossible(f"size can't be that of the chunks: {problem}") from None
        done: list[Op] = []
        for op in ops:
            if not isinstance(op, Write) or op.role is Role.HEAD:
                done.append(op)
                continue
            pieces = next(parts)
            # Another fault's mark stays where that fault takes effect: on the bytes that complete the event.
            effect = next((i for i, one in enumerate(pieces) if one.events), len(pieces) - 1)
            marks = [op.fault if i == effect and op.fault else self.name for i in range(len(pieces))]
            done += [
                one if one.role is Role.END else replace(one, fault=mark)
                for one, mark in zip(pieces, marks, strict=True)
            ]
        return tuple(done)
