"""Spell the sizes of chunks otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.http.in_body import beside_sizes, in_body
from ssedrill_faults.plan import Op, Write
from ssedrill_faults.stages import Stage

MOST = 8


@dataclass(frozen=True, kw_only=True)
class ChunkSpellingFault(WireFault):
    """Spell the size of each chunk with zeros ahead of it, or with blanks behind it.

    Zeros are legal and only reshape (RFC 9112, 7.1). Blanks are not, but balancers and old servers pad with them, and
    most clients pass over them.
    """

    name = "chunk_spelling"
    shaping_by = ("blanks",)

    zeros: int = 0
    """So many zeros ahead of the size."""
    blanks: int = 0
    """So many blanks behind it."""

    def __post_init__(self) -> None:
        if not (0 <= self.zeros <= MOST and 0 <= self.blanks <= MOST):
            raise ValueError(f"{'blanks' if 0 <= self.zeros <= MOST else 'zeros'} must be from 0 to {MOST}")
        if not (self.zeros or self.blanks):
            raise ValueError("give at least one of zeros and blanks")
        object.__setattr__(self, "shaping", not self.blanks)

    @property
    def stage(self) -> Stage:
        """Behind all that makes other chunks."""
        return Stage.SIZES

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put them around every size."""
        otherwise = f"{self.name} can't spell the sizes otherwise"
        setting = "blanks" if self.blanks else "zeros"
        return in_body(ops, lambda body: self._changed(body, ctx), setting, otherwise, ctx.http)

    def _changed(self, body: Sequence[Write], ctx: Context) -> Iterator[list[Write]]:
        spelled = ctx.http.respelled(body, "0" * self.zeros, " " * self.blanks)
        return beside_sizes(body, spelled, self.name, ctx.breaking, harms=bool(self.blanks))
