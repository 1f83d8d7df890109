"""What the blocks of a stream are: a reader makes an event of those with data alone (WHATWG, 9.2.6)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice

from ssedrill.model.phrases import grouped
from ssedrill_faults import http1
from ssedrill_faults.plan import Write

_LINES = re.compile(rb"\r\n|\r|\n")
_FIELD = re.compile(rb"(?::|(?:event|id|retry)(?::|$))")


class Block(StrEnum):
    """What a reader makes of a block, by the words for one of it."""

    EVENT = "event"
    COMMENT = "comment"  # nothing but lines that begin with a colon
    BARE = "block without data"  # fields, such as `retry:`, and none of them data


def counted(writes: Sequence[Write], *, inside: bool = False) -> Counter[Block]:
    """Return how many blocks of each kind end in segments; those of tokens are not counted.

    ``inside``: the segments begin in the middle of a block. What it is can't be read from its end, nor what is coded:
    that is taken for an event.
    """
    ends = sum(end not in op.token_ends for op in writes for end in op.event_ends)
    ends += sum(len(op.events) for op in writes if not op.event_ends and not op.tokens)
    whole = islice(_blocks(writes), 1 if inside else 0, None)
    found = Counter(_kind(data) for data, token in whole if not token)
    found[Block.EVENT] = ends - found[Block.COMMENT] - found[Block.BARE]
    return +found


def no_events(found: Counter[Block]) -> list[str]:
    """Return the words for blocks that are no events, each with how many there are."""
    comments, bare = found[Block.COMMENT], found[Block.BARE]
    words = [grouped(comments, Block.COMMENT)] if comments else []
    return [*words, f"{grouped(bare, 'block')} without data"] if bare else words


def _blocks(writes: Sequence[Write]) -> Iterator[tuple[bytes, bool]]:
    """Give the blocks that end in segments, without HTTP framing, and whether each is a token's."""
    data = b""
    for op, spans in zip(writes, http1.body_spans(writes), strict=True):
        ends = op.event_ends or ((op.content_end,) if op.events else ())
        for start, end in spans:
            at = start
            for edge in (one for one in ends if start < one <= end):
                yield data + op.data[at:edge], edge in op.token_ends or (not op.event_ends and bool(op.tokens))
                data, at = b"", edge
            data += op.data[at:end]


def _kind(block: bytes) -> Block:
    lines = [line for line in _LINES.split(block) if line]
    if not lines or not all(_FIELD.match(line) for line in lines):
        return Block.EVENT
    return Block.COMMENT if all(line.startswith(b":") for line in lines) else Block.BARE
