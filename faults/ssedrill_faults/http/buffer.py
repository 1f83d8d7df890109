"""Hold bytes back until there are enough of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ssedrill_faults.fault import Context, Impossible, WireFault
from ssedrill_faults.pieces import check_pieces
from ssedrill_faults.plan import ENDINGS, AwaitConsumed, Op, Reset, Role, Silence, Wait, Write
from ssedrill_faults.segment import join, marked_parts
from ssedrill_faults.stages import Stage
from ssedrill_faults.wire.every import every


@dataclass(frozen=True, kw_only=True)
class BufferFault(WireFault):
    """Hold the body back as a buffering proxy does: in blocks of so many bytes, or until it ends.

    A block leaves when its last byte was due, and what is left when the body or the connection ends, so that the
    answer ends when it would without this fault. What is held back when the server falls silent never comes, nor
    what is held back at the moment of a reset or of a silence. The head stays by itself. Cuts and pauses that are
    named behind it are those of the line that it writes to.
    """

    name = "buffer"
    shaping = True
    once = True

    bytes: int | None = None
    """The bytes of content in each block; left out: the whole body is one."""

    def __post_init__(self) -> None:
        if self.bytes is not None and self.bytes < 1:
            raise ValueError("bytes must be at least 1; leave it out for all of the body at once")

    @property
    def stage(self) -> Stage:
        """Behind an upstream that closes at a moment."""
        return Stage.BUFFER

    def rewrite(self, ops: tuple[Op, ...], ctx: Context) -> tuple[Op, ...]:
        """Leave the pauses where they are, and write what is due later."""
        if self.bytes is not None:
            check_pieces(self.bytes, sum(len(op.data) for op in ops if isinstance(op, Write)), "blocks", "bytes")
        done: list[Op] = []
        held: list[Write] = []
        size = 0  # of what is held, with its framing
        effect: str | None = None  # of another fault in it
        began = False
        for op in ops:
            if isinstance(op, Write) and op.role is not Role.HEAD:
                if not began:
                    done.append(Wait(0.0, fault=self.name))  # from here on it holds back what is due
                    began = True
                strikes = op.fault if op.fault in ctx.breaking else None
                if strikes and effect not in (None, strikes):  # a segment has one mark
                    done += self._block(held, ctx)
                    held, size, effect = [], 0, None
                held.append(op)
                size, effect = size + len(op.data), effect or strikes
                if self.bytes is not None and size >= self.bytes:
                    full, held = self._full(held, ctx)
                    done += full
                    if full:
                        size = sum(len(one.data) for one in held)
                        effect = next((one.fault for one in held if one.fault in ctx.breaking), None)
            elif isinstance(op, AwaitConsumed) and held:
                continue  # for bytes that are still here
            elif isinstance(op, Wait) and not op.seconds and op.fault in ctx.breaking and held:
                # It is no pause, but the mark of the byte ahead of it, which is still here.
                if effect is None:
                    held[-1] = replace(held[-1], fault=op.fault, harm=len(held[-1].data) - 1)
                    effect = op.fault
                else:
                    done += [*self._block(held, ctx), op]
                    held, size, effect = [], 0, None
            else:
                if held and isinstance(op, ENDINGS) and not isinstance(op, Silence):
                    done += self._block(held, ctx)
                    done += [AwaitConsumed()] if isinstance(op, Reset) else []
                    held, size, effect = [], 0, None
                done.append(op)
        if not any(isinstance(op, Silence) for op in done):
            done += self._block(held, ctx)
        if [op for op in done if isinstance(op, Write)] == [op for op in ops if isinstance(op, Write)]:
            raise Impossible("bytes are so few that nothing is held back")
        return tuple(done)

    def _full(self, held: list[Write], ctx: Context) -> tuple[list[Op], list[Write]]:
        """Return the blocks that are full, and what is left."""
        assert self.bytes is not None
        whole = self._joined(held, ctx)
        spans = ctx.http.content_spans(whole)
        content = sum(end - start for start, end in spans)
        if content and not content % self.bytes:
            *full, rest = (*ctx.http.cut_content(whole, every(self.bytes, spans)), None)
        else:
            *full, rest = ctx.http.cut_content(whole, every(self.bytes, spans))
        if not full:
            return [], held
        *marked, last = marked_parts(whole, [one for one in (*full, rest) if one is not None], self.name)
        if rest is None:
            return [*marked, last], []
        return [*marked], [_left(last, held[-1], ctx)]

    def _block(self, held: list[Write], ctx: Context) -> list[Op]:
        return [self._joined(held, ctx)] if held else []

    def _joined(self, held: list[Write], ctx: Context) -> Write:
        effect = next((op.fault for op in held if op.fault in ctx.breaking), None)
        return join(held, self.name, effect)


def _left(rest: Write, last: Write, ctx: Context) -> Write:
    """Return what stays behind of the last segment that came, with the mark of a fault that is noticed here."""
    if rest.fault in ctx.breaking:
        return rest
    if last.fault not in ctx.breaking or last.harm is None:
        return replace(rest, fault=None, harm=None)
    spans, own = ctx.http.content_spans(rest), ctx.http.content_spans(last)
    behind = sum(max(0, end - max(start, last.harm)) for start, end in own)  # so much content, from there on
    for start, end in reversed(spans):
        if 0 < behind <= end - start:
            return replace(rest, fault=last.fault, harm=end - behind)
        behind -= end - start
    return replace(rest, fault=None, harm=None)
