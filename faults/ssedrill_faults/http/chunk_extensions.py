"""Send more than a size in front of each chunk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.http.in_body import beside_sizes, in_body
from ssedrill_faults.plan import Op, Write
from ssedrill_faults.stages import Stage

_TEXT = re.compile(r"[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?")


@dataclass(frozen=True, kw_only=True)
class ChunkExtensionsFault(WireFault):
    """Send an extension behind the size of each chunk, which a client passes over.

    See RFC 9112, 7.1.1.
    """

    name = "chunk_extensions"
    shaping = True

    text: str = "ext=1"
    """What stands behind the semicolon."""

    def __post_init__(self) -> None:
        if not _TEXT.fullmatch(self.text):
            raise ValueError("text must be visible ASCII, as in name=value, so that it is one extension of a chunk")

    @property
    def stage(self) -> Stage:
        """Behind all that makes other chunks."""
        return Stage.SIZES

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put it behind every size."""
        otherwise = f"{self.name} can't put its text behind the sizes"
        return in_body(ops, lambda body: self._changed(body, ctx), "text", otherwise, ctx.http)

    def _changed(self, body: Sequence[Write], ctx: Context) -> Iterator[list[Write]]:
        return beside_sizes(body, ctx.http.extended(body, self.text), self.name, ctx.breaking)
