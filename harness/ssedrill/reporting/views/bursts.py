"""What is in segments that hold several events each: they have no role of their own, so their content is named."""

from __future__ import annotations

from collections.abc import Sequence

from ssedrill.model.phrases import grouped, listed, ranges
from ssedrill.reporting.views.blocks import Block, counted, no_events
from ssedrill_faults import http1
from ssedrill_faults.plan import Role, Write


def is_burst(writes: Sequence[Write]) -> bool:
    """Tell whether events were joined here; a segment that was made whole holds one and says nothing of its end."""
    return any(op.event_ends for op in writes)


def burst_words(writes: Sequence[Write], *, inside: bool = False) -> str:
    """Say what is in joined segments (or in the fragments of one): tokens, the terminal event, how many others.

    ``inside``: they begin in the middle of a block.
    """
    tokens = sorted({token for op in writes for token in op.tokens})
    found = counted(writes, inside=inside)
    others = found[Block.EVENT]
    rest = _rest(writes)
    whole = http1.is_framing(rest)
    parts = [f"{'token' if len(tokens) == 1 else 'tokens'} {ranges(tokens)}"] if tokens else []
    if writes[0].role is Role.TERMINAL and whole and _ends_without_token(writes):
        parts.append("the terminal event")
        others -= 1
    other = "other " if parts else ""
    if others:
        parts.append(grouped(others, f"{other}event"))
    parts += no_events(found)
    if not whole:
        parts.append("a piece of another event")
    if http1.ends_body(rest):
        parts.append("the end of the body")
    where = "one segment" if len(writes) == 1 else grouped(len(writes), "segment")
    return f"{listed(parts)} in {where}"


def _rest(writes: Sequence[Write]) -> bytes:
    """Return what comes behind the last event that ends here: HTTP framing, or a part of the next event."""
    last = max(i for i, op in enumerate(writes) if op.event_ends)
    return writes[last].data[writes[last].event_ends[-1] :] + b"".join(op.data for op in writes[last + 1 :])


def _ends_without_token(writes: Sequence[Write]) -> bool:
    last = next(op for op in reversed(writes) if op.event_ends)
    return last.event_ends[-1] not in last.token_ends
