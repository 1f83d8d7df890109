"""Cut segments into pieces that reach the client one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.marks import Mark, cuts
from ssedrill_faults.plan import AwaitConsumed, Op, Role, Wait, Write
from ssedrill_faults.segment import cut_all


@dataclass(frozen=True, kw_only=True)
class FragmentFault(WireFault):
    """Cut the body into fragments, each of which is one recv() at the client.

    The server waits until the client has taken a fragment before it writes the next one.
    """

    name = "fragment"
    shaping = True

    size: int | None = None
    """Bytes of each fragment, HTTP framing included."""
    at: Mark | None = None
    """Or: the kind of place to cut at, wherever it occurs."""
    gap_s: float = 0.0
    """The pause between the fragments of one segment."""
    head: bool = False
    """Whether the status line and the headers are cut as well."""

    def __post_init__(self) -> None:
        if (self.size is None) == (self.at is None):
            raise ValueError("give exactly one of size and at")
        if self.size is not None and self.size < 1:
            raise ValueError("size must be at least 1 byte")
        if self.gap_s < 0:
            raise ValueError("gap_s can't be negative")

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Cut every segment that has a place to cut at."""
        done: list[Op] = []
        pending = False  # bytes were written that the client may not have taken: they must not share a recv()
        for op in ops:
            offsets = self._offsets(op, ctx)
            if isinstance(op, Write) and offsets:
                done += [AwaitConsumed()] if pending else []
                done += self._fragments(op, offsets)
            else:
                done.append(op)
            pending = isinstance(done[-1], Write) or (pending and isinstance(op, Wait))
        if len(done) == len(ops):
            raise Impossible(f"no segment can be cut: none has {self._what()}")
        return tuple(done)

    def _offsets(self, op: Op, ctx: Context) -> Sequence[int]:
        if not isinstance(op, Write) or (op.role is Role.HEAD and not self.head):
            return ()
        if self.at is not None:
            return cuts(op, self.at, ctx.http)
        return range(self.size or 1, len(op.data), self.size or 1)

    def _fragments(self, op: Write, offsets: Sequence[int]) -> list[Op]:
        parts = cut_all(op, offsets)
        # Another fault's mark stays where that fault takes effect: on the bytes that complete the event.
        effect = next((i for i, part in enumerate(parts) if part.events), len(parts) - 1)
        done: list[Op] = []
        for i, part in enumerate(parts):
            if i and self.gap_s:
                done.append(Wait(self.gap_s, fault=self.name))
            fault = op.fault if i == effect and op.fault else self.name
            done += [replace(part, fault=fault), AwaitConsumed()]
        return done

    def _what(self) -> str:
        return f"more than {self.size} bytes" if self.at is None else f"a place inside {self.at}"
