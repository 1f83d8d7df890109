"""Send more than a size in front of each chunk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ssedrill_faults.fault import Context, WireFault
from ssedrill_faults.http.in_body import in_body
from ssedrill_faults.plan import Op, Write

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

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Put it behind every size."""
        otherwise = f"{self.name} can't put its text behind the sizes"
        return in_body(ops, lambda body: self._changed(body, ctx), "text", otherwise, ctx.http)

    def _changed(self, body: Sequence[Write], ctx: Context) -> Iterator[list[Write]]:
        for op, new in zip(body, ctx.http.extended(body, self.text), strict=True):
            yield [new if new.data == op.data else replace(new, fault=op.fault or self.name)]
