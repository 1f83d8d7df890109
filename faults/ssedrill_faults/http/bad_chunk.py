"""Spoil the size of a chunk."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ssedrill_faults.chunked_only import needs_chunks
from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.plan import Op, Role, Write, body_of
from ssedrill_faults.position import Position

_ONE_LINE = re.compile(r"[^\r\n\u0100-\U0010ffff]*")


@dataclass(frozen=True, kw_only=True)
class BadChunkFault(Position, WireFault):
    """Give the next chunk after a position a size that is none, or that is wrong; all else goes on as usual."""

    name = "bad_chunk"
    positions = tuple(way for way in Position.positions if way not in ("after_byte", "inside"))

    size: str | None = None
    """What stands in place of the size: "zz", "-1", "ffffffffffffffff", or nothing."""
    off: int | None = None
    """Or: so many bytes more (or, below zero, fewer) than the chunk has."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.size is None) == (self.off is None):
            raise ValueError("give exactly one of size and off")
        if self.off == 0:
            raise ValueError("off must not be zero: the size would be right")
        if self.size is not None and not _ONE_LINE.fullmatch(self.size):
            raise ValueError("size must be one line of Latin-1")
        if wrong := next((way for way in ("inside", "after_byte") if getattr(self, way) is not None), None):
            raise ValueError(f"{wrong} may be in the middle of a chunk: use another position, which is between two")

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Change the first segment of the body behind the position."""
        before, after = self.split(ops, ctx)
        at = next((i for i, op in enumerate(after) if isinstance(op, Write) and op.role is not Role.HEAD), None)
        if at is None:
            raise Impossible("no chunk comes after this position")
        victim = after[at]
        assert isinstance(victim, Write)
        setting = "size" if self.off is None else "off"
        if not ctx.http.in_pieces(body_of(ops)):
            raise needs_chunks(setting)
        try:
            spoiled = ctx.http.missized(victim, self.size, self.off or 0)
        except ValueError as problem:
            raise Impossible(f"{setting} can't be changed: {problem}") from None
        if spoiled.data == victim.data:
            raise Impossible(f"size = {self.size} is what the chunk has: choose another")
        return (*before, *after[:at], replace(spoiled, fault=self.name), *after[at + 1 :])
