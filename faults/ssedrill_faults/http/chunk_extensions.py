"""Send more than a size in front of each chunk."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.plan import Op, Role, Write

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
        body = [op for op in ops if isinstance(op, Write) and op.role is not Role.HEAD]
        try:
            changed = iter(ctx.http.extended(body, self.text))
        except ValueError as problem:
            raise Impossible(f"text has no chunk to stand in: {problem}") from None
        done: list[Op] = []
        for op in ops:
            if isinstance(op, Write) and op.role is not Role.HEAD:
                new = next(changed)
                done.append(new if new.data == op.data else replace(new, fault=op.fault or self.name))
            else:
                done.append(op)
        return tuple(done)
