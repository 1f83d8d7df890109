"""Chunks of HTTP/1.1: how a piece of a body is framed, and how a chunk is cut into several (RFC 9112, 7.1)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ssedrill_faults.plan import Role, Write
from ssedrill_faults.segment import cut_all

LINE_END = b"\r\n"
LAST_CHUNK_SIZE = b"0\r\n"

SIZE_LINE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_BEHIND = re.compile(rb"\r\n0+[ \t]*(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*\r\n")
"""What is behind the last content: its chunk's end, and the last chunk with its trailers."""
_BEGINNING_OF_IT = re.compile(
    rb"(?:\r(?:\n(?:0+[ \t]*(?:;[^\r\n]*)?(?:\r(?:\n(?:[^\r\n]+\r\n)*(?:[^\r\n]+\r?|\r\n?)?)?)?)?)?)?"
)


def size_line(size: int) -> bytes:
    """Return what stands ahead of so many bytes of content."""
    return b"%x%b" % (size, LINE_END)


def is_framing(data: bytes) -> bool:
    """Tell whether bytes behind an event are framing only: the end of its chunk, and perhaps of the body.

    The framing may be cut off anywhere; no bytes at all are framing too, since not every body has chunks.
    """
    return _BEGINNING_OF_IT.fullmatch(data) is not None


def begins_last_chunk(data: bytes) -> bool:
    """Tell whether bytes are those that end a body, as far as they go; from their beginning, or from a cut on."""
    return is_framing(LINE_END + data) or data.startswith(LINE_END) or data in (b"\n", LINE_END)


def ends_body(data: bytes) -> bool:
    """Tell whether bytes behind an event are the end of its chunk and of the body, complete."""
    return _BEHIND.fullmatch(data) is not None


def in_pieces(body: Sequence[Write]) -> bool:
    """Tell whether a body is sent in chunks: a size stands ahead of all else in it."""
    return bool(body) and body[0].lead > 0


def content_spans(op: Write) -> Sequence[tuple[int, int]]:
    """Return where in a segment's data its content lies: the ends of each piece that has no framing inside it."""
    if op.role is not Role.HEAD and (chunks := _read(op)):
        return chunks.spans
    return [(op.lead, op.content_end)] if op.lead < op.content_end else []


def cut_content(op: Write, offsets: Sequence[int]) -> tuple[Write, ...]:
    """Cut a segment at these ascending offsets in its content; each part of a chunk becomes a chunk of its own.

    What follows in other segments still fits: if the last chunk was not whole, its last part announces what is to
    come. Of a segment that begins in the middle of a chunk the size is out of reach: it is cut between its bytes.
    """
    chunks = _read(op) if op.role is not Role.HEAD else None
    if chunks is None:
        return cut_all(op, offsets)
    groups: list[list[tuple[int, int]]] = [[]]  # of each part the pieces of content
    for start, end in chunks.spans:
        at = start
        for offset in offsets[bisect_left(offsets, start) : bisect_left(offsets, end)]:
            groups[-1] += [(at, offset)] if offset > at else []
            groups += [[]] if groups[-1] else []
            at = offset
        groups[-1].append((at, end))
    last = len(groups) - 1
    return tuple(_part(op, chunks, pieces, last=i == last) for i, pieces in enumerate(groups))


@dataclass(frozen=True, slots=True)
class _Chunks:
    spans: list[tuple[int, int]]  # of the content of each
    missing: int  # bytes of the last one's content that are not in this segment
    rest: (
        bytes  # what stands behind the last one's content: its line end, or a piece of it, and perhaps the last chunk
    )


def _read(op: Write) -> _Chunks | None:
    """Return the chunks of a segment, or None if it does not begin with one, or is not made of them."""
    if not op.lead:  # it has no framing in front, though its content may look like that
        return None
    data, at = op.data, 0
    spans: list[tuple[int, int]] = []
    while (line := SIZE_LINE.match(data, at)) and (size := int(line[1], 16)):
        start, end = line.end(), line.end() + size
        if end > len(data):
            whole = start < len(data)
            return _Chunks([*spans, (start, len(data))], end - len(data), b"") if whole else None
        spans.append((start, end))
        if _BEGINNING_OF_IT.fullmatch(data, end):
            return _Chunks(spans, 0, data[end:])
        if not data.startswith(LINE_END, end):
            return None
        at = end + len(LINE_END)
    return None


def _part(op: Write, chunks: _Chunks, pieces: Sequence[tuple[int, int]], *, last: bool) -> Write:
    data = bytearray()
    harm: int | None = None
    tokens: list[tuple[int, int]] = []  # with the offset behind it in this part
    events: list[tuple[int, int]] = []
    for i, (start, end) in enumerate(pieces):
        ends_it = last and i == len(pieces) - 1
        at = len(data)
        data += size_line(end - start + (chunks.missing if ends_it else 0))
        tokens += _moved(op.tokens, op.token_ends, op, start, end, len(data))
        events += _moved(op.events, op.event_ends, op, start, end, len(data))
        if op.harm is not None and harm is None:
            inside = start <= op.harm < end or (ends_it and op.harm >= end)
            harm = len(data) + op.harm - start if inside else at if _is_ahead(op.harm, start, chunks.spans) else None
        data += op.data[start:end] + (chunks.rest if ends_it else LINE_END)
    first_start, first_end = pieces[0]
    first_size = first_end - first_start + (chunks.missing if last and len(pieces) == 1 else 0)
    return replace(
        op,
        data=bytes(data),
        tokens=tuple(number for number, _ in tokens),
        events=tuple(number for number, _ in events),
        lead=len(size_line(first_size)),
        tail=op.tail if last else len(LINE_END),
        token_ends=tuple(end for _, end in tokens) if op.token_ends else (),
        event_ends=tuple(end for _, end in events) if op.event_ends else (),
        spoiled=op.spoiled if last else (),
        fault=op.fault if op.harm is None or harm is not None else None,
        harm=harm,
    )


def _is_ahead(harm: int, start: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a byte is in the framing ahead of the chunk whose content begins here."""
    number = bisect_right(spans, (harm, harm))  # the first chunk whose content begins behind it
    return number < len(spans) and spans[number][0] == start and (not number or spans[number - 1][1] <= harm)


def _moved(
    numbers: Sequence[int], ends: Sequence[int], op: Write, start: int, end: int, to: int
) -> list[tuple[int, int]]:
    """Return the numbers that end in this piece of content, each with its end after the piece was moved."""
    if not ends:  # they end where the content does, in whatever part that is
        return [(number, to) for number in numbers] if op.content_end <= end else []
    here = slice(bisect_right(ends, start), bisect_right(ends, end))
    return [(number, to + at - start) for number, at in zip(numbers[here], ends[here], strict=True)]
