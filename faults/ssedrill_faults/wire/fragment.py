"""Cut segments into pieces that reach the client one by one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ssedrill_faults.chunked_only import needs_chunks
from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.marks import IN_FRAMING, Mark, cuts
from ssedrill_faults.pieces import check_pieces
from ssedrill_faults.plan import AwaitConsumed, Op, Role, Wait, Write, body_of
from ssedrill_faults.position import FromHere
from ssedrill_faults.segment import cut_all, marked_parts
from ssedrill_faults.wire.every import every

"""What an answer may be cut into."""


def _inside(offsets: Sequence[int], spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return those of the ascending offsets that cut content, not the framing between its pieces."""
    return [
        offset for start, end in spans for offset in offsets[bisect_right(offsets, start) : bisect_left(offsets, end)]
    ]


@dataclass(frozen=True, kw_only=True)
class FragmentFault(FromHere, WireFault):
    """Cut the body into fragments, each of which is one recv() at the client, from the start or from a position on.

    In a chunked body each fragment is a chunk of its own as well: a client that reads chunk by chunk meets the cut
    too. Cuts at "byte" and "chunk-size" are cuts in the framing itself, and leave it as it is. The server waits until
    the client has taken a fragment before it writes the next one.
    """

    name = "fragment"
    shaping = True

    size: int | None = None
    """Bytes of content in each fragment; HTTP framing comes on top."""
    at: Mark | None = None
    """Or: the kind of place to cut at, wherever it occurs."""
    gap_s: float = 0.0
    """The pause between the fragments of one segment."""
    head: bool = False
    """Whether the status line and the headers are cut as well."""
    body: bool = True
    """Whether the body is cut."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.size is None) == (self.at is None):
            raise ValueError("give exactly one of size and at")
        if self.size is not None and self.size < 1:
            raise ValueError("size must be at least 1 byte")
        if self.gap_s < 0:
            raise ValueError("gap_s can't be negative")
        if self.head and self.is_given:
            raise ValueError("head = true cuts what comes ahead of every position: leave one of them out")
        if not (self.head or self.body):
            raise ValueError("body = false leaves nothing to cut: set head = true")

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Cut every segment that has a place to cut at."""
        before, ops = self.split(ops, ctx) if self.is_given else ((), ops)
        content = sum(len(op.content) for op in ops if isinstance(op, Write))
        if self.size is not None:
            check_pieces(self.size, content, "fragments")
        done: list[Op] = []
        # Bytes were written that the client may not have taken: they must not share a recv() with the next ones.
        pending = any(isinstance(op, Write) for op in before)
        for op in ops:
            parts = self._parts(op, ctx) if isinstance(op, Write) else ()
            if isinstance(op, Write) and len(parts) > 1:
                done += [AwaitConsumed()] if pending else []
                done += self._fragments(op, parts)
            else:
                done.append(op)
            pending = isinstance(done[-1], Write) or (pending and isinstance(op, Wait))
        if len(done) == len(ops):
            if self.at is Mark.CHUNK_SIZE and not ctx.http.in_pieces(body_of(ops)):
                raise needs_chunks("at")
            raise Impossible(f"no segment can be cut: none has {self._what()}")
        return (*before, *done)

    def _parts(self, op: Write, ctx: Context) -> Sequence[Write]:
        """Return the segment in pieces, or as the only one if there is no place to cut it."""
        if not (self.head if op.role is Role.HEAD else self.body):
            return (op,)
        spans = ctx.http.content_spans(op)
        if self.size is not None:
            return ctx.http.cut_content(op, every(self.size, spans))
        assert self.at is not None
        offsets = cuts(op, self.at, ctx.http)
        if self.at in IN_FRAMING:
            return cut_all(op, offsets)
        return ctx.http.cut_content(op, _inside(offsets, spans))

    def _fragments(self, op: Write, parts: Sequence[Write]) -> list[Op]:
        done: list[Op] = []
        for i, part in enumerate(marked_parts(op, parts, self.name)):
            if i and self.gap_s:
                done.append(Wait(self.gap_s, fault=self.name))
            done += [part, AwaitConsumed()]
        return done

    def _what(self) -> str:
        return f"more than {self.size} bytes" if self.at is None else f"a place inside {self.at}"
