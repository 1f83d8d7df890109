"""Chunks of HTTP/1.1, rewritten over a whole body: other borders, extensions, sizes that are wrong."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import accumulate, pairwise

from ssedrill_faults.harm import first_difference
from ssedrill_faults.http1_chunks import LINE_END, SIZE_LINE, size_line
from ssedrill_faults.plan import Role, Write

_SPOILT = "another fault has spoiled a chunk, so that nobody can tell where the next begins; leave out one of the two"


class _Within(Enum):
    SIZE = auto()
    CONTENT = auto()
    LINE_END = auto()  # behind the content
    TRAILERS = auto()
    NOTHING = auto()  # the body is over


@dataclass(slots=True)
class _Scanned:
    """What the bytes of one segment are."""

    spans: list[tuple[int, int]] = field(default_factory=list)  # of content
    begins: list[int] = field(default_factory=list)  # the offset at which each size begins
    sizes: list[int] = field(default_factory=list)  # the offset behind each size
    last: int | None = None  # where what ends the body begins
    between: bool = False  # it ends between two chunks


def rechunked(body: Sequence[Write], size: int) -> list[tuple[Write, ...]]:
    """Return for each segment of a body the ones in its place, with chunks of so many bytes whatever is in them.

    Each of them has all its framing at its ends. A body that breaks off does so in the middle of a chunk. Raises
    ValueError if the body has no chunks, or something depends on where they are.
    """
    scanned = _scan(body)
    whole = any(one.last is not None for one in scanned)
    total = sum(end - start for one in scanned for start, end in one.spans)
    done: list[tuple[Write, ...]] = []
    at = 0
    for op, one in zip(body, scanned, strict=True):
        bare = not one.spans and one.last is None
        if bare and op.data:
            raise ValueError(
                "another fault cuts inside the framing of a chunk, which is elsewhere with other chunks; have it cut"
                " the content, or leave out one of the two"
            )
        parts = []
        for piece in _pieces(op, one.spans, at, size):
            length = len(piece.data)
            left = total - at if whole else size
            lead = size_line(min(size, left)) if at % size == 0 else b""
            at += length
            tail = LINE_END if at % size == 0 or (whole and at == total) else b""
            parts.append(_framed(piece, lead, tail))
        if one.last is not None:
            tail = op.data[one.last :]
            ends = replace(op, data=tail, lead=min(op.lead, len(tail)) if op.role is Role.END else 0)
            harm = op.harm - one.last if op.harm is not None and op.harm >= one.last else None
            parts.append(
                ends if not one.last else Write(tail, Role.END, fault=None if harm is None else op.fault, harm=harm)
            )
        done.append(tuple(parts))
    return done


def body_spans(body: Sequence[Write]) -> list[list[tuple[int, int]]]:
    """Return where in each segment of a body's beginning its content lies, however the body is cut into segments.

    Where its chunks can't be read, and behind that, the content of a segment is what is between framing at its ends.
    """
    if not body or not body[0].lead:  # it has no chunks
        return [_between_ends(op) for op in body]
    scanned, problem = _scanned(body)
    readable = scanned[:-1] if problem else scanned
    return [*(one.spans for one in readable), *(_between_ends(op) for op in body[len(readable) :])]


def _between_ends(op: Write) -> list[tuple[int, int]]:
    return [(op.lead, op.content_end)] if op.lead < op.content_end else []


def extended(body: Sequence[Write], extension: str) -> list[Write]:
    """Return the segments of a body with this extension behind each size. Raises ValueError if it has no chunks."""
    text = b";" + extension.encode("latin-1")
    found = zip(body, _scan(body), strict=True)
    return [_with_texts(op, [(behind, text) for behind in one.sizes]) for op, one in found]


def respelled(body: Sequence[Write], ahead: str, behind: str) -> list[Write]:
    """Return the segments of a body with these texts around each size. Raises ValueError if it has no chunks."""
    zeros, blanks = ahead.encode("latin-1"), behind.encode("latin-1")
    done = []
    for op, one in zip(body, _scan(body), strict=True):
        texts = [*((at, zeros) for at in one.begins if zeros), *((at, blanks) for at in one.sizes if blanks)]
        done.append(_with_texts(op, sorted(texts)))
    return done


def _with_texts(op: Write, texts: Sequence[tuple[int, bytes]]) -> Write:
    """Return a segment with texts of the framing put in at these ascending offsets."""
    data, at = bytearray(), 0
    for offset, text in texts:
        data += op.data[at:offset] + text
        at = offset
    offsets = [offset for offset, _ in texts]
    before = list(accumulate((len(text) for _, text in texts), initial=0))

    def moved(end: int) -> int:
        return end + before[bisect_left(offsets, end)]

    return replace(
        op,
        data=bytes(data + op.data[at:]),
        lead=moved(op.lead),
        tail=op.tail + before[-1] - before[bisect_left(offsets, op.content_end)],
        token_ends=tuple(map(moved, op.token_ends)),
        event_ends=tuple(map(moved, op.event_ends)),
        harm=None if op.harm is None else moved(op.harm + 1) - 1,
    )


def gaps(body: Sequence[Write]) -> list[bool]:
    """Tell of each segment of a body whether another chunk could come behind it. Raises ValueError as above."""
    return [one.between for one in _scan(body)]


def missized(op: Write, size: str | None, off: int) -> Write:
    """Return a chunk with this in place of its size, or with its size changed by so many bytes.

    Raises ValueError if the segment is no chunk, or is not that long.
    """
    found = SIZE_LINE.match(op.data)
    if op.role is Role.HEAD or found is None or found.end() > op.lead:
        raise ValueError("another fault has cut the body, and no chunk begins there")
    if size is None:
        wrong = int(found[1], 16) + off
        if wrong < 0:
            raise ValueError(f"the chunk there has no more than {int(found[1], 16)} bytes")
        line = size_line(wrong)
    else:
        line = size.encode("latin-1") + LINE_END
    more = len(line) - found.end()
    return replace(
        op,
        data=line + op.data[found.end() :],
        lead=op.lead + more,
        token_ends=tuple(end + more for end in op.token_ends),
        event_ends=tuple(end + more for end in op.event_ends),
        harm=_noticed(op, line, size, off, more),
    )


def _noticed(op: Write, line: bytes, size: str | None, off: int, more: int) -> int:
    """Return the offset of the byte by which a wrong size is noticed.

    One that is written otherwise is noticed where it is. One that is too small is noticed by the first byte of
    content that it does not count, one that is too large by the first byte that is none and that it counts.
    """
    if size is not None:
        return first_difference(line, op.data) or 0
    return op.content_end + min(off, 0) + more


def _scan(body: Sequence[Write]) -> list[_Scanned]:
    """Tell content from framing, however the body is cut into segments. Raises ValueError if it has no chunks."""
    scanned, problem = _scanned(body)
    if problem or not any(one.spans for one in scanned):
        raise ValueError(problem or "its body has no chunks")
    return scanned


def _scanned(body: Sequence[Write]) -> tuple[list[_Scanned], str]:
    """Tell content from framing up to the segment in which the chunks can't be read, and say what is wrong there."""
    scanned: list[_Scanned] = []
    within, line, left = _Within.SIZE, b"", 0
    for op in body:
        data, at = op.data, 0
        one = _Scanned(last=0 if within in (_Within.TRAILERS, _Within.NOTHING) else None)
        scanned.append(one)
        while at < len(data) and within is not _Within.NOTHING:
            if within is _Within.CONTENT:
                end = min(len(data), at + left)
                one.spans.append((at, end))
                left -= end - at
                at = end
                within = within if left else _Within.LINE_END
                continue
            begins = at
            one.begins += [at] if within is _Within.SIZE and not line else []
            at = data.find(b"\n", begins) + 1 or len(data)
            line += data[begins:at]
            if not line.endswith(b"\n"):
                continue
            if within is _Within.SIZE:
                found = SIZE_LINE.fullmatch(line)
                if found is None:
                    return scanned, _SPOILT
                left = int(found[1], 16)
                one.sizes += [at - len(LINE_END)] if at >= len(LINE_END) else []
                within = _Within.CONTENT if left else _Within.TRAILERS
                if not left:
                    one.last = begins
            elif within is _Within.LINE_END:
                if line != LINE_END:
                    return scanned, _SPOILT
                within = _Within.SIZE
            elif line == LINE_END:
                within = _Within.NOTHING
            line = b""
        one.between = within is _Within.SIZE and not line
    return scanned, ""


def _pieces(op: Write, spans: Sequence[tuple[int, int]], at: int, size: int) -> Iterator[Write]:
    """Give the content of a segment, cut where chunks of this size do; it begins at this byte of the body.

    Tokens and events are in the piece that has their last byte.
    """
    content = b"".join(op.data[start:end] for start, end in spans)
    starts = [start for start, _ in spans]
    before = list(accumulate((end - start for start, end in spans), initial=0))

    def moved(offset: int) -> int:
        """Return how much content comes before an offset of the segment."""
        number = bisect_left(starts, offset) - 1
        if number < 0:
            return 0
        return before[number] + min(spans[number][1], offset) - starts[number]

    token_ends = [moved(end) for end in op.token_ends or (op.content_end,) * len(op.tokens)] if content else []
    event_ends = [moved(end) for end in op.event_ends or (op.content_end,) * len(op.events)] if content else []
    # What harms ahead of a chunk does so with its first byte; what harms behind the last one is not of its content.
    harm = None if op.harm is None or not content else moved(op.harm + 1) - _is_in(op.harm, spans)
    for start, stop in pairwise([0, *range(size - at % size, len(content), size), len(content)] if content else []):
        tokens = slice(bisect_right(token_ends, start), bisect_right(token_ends, stop))
        events = slice(bisect_right(event_ends, start), bisect_right(event_ends, stop))
        yield replace(
            op,
            data=content[start:stop],
            tokens=op.tokens[tokens],
            events=op.events[events],
            lead=0,
            tail=0,
            token_ends=tuple(end - start for end in token_ends[tokens]) if op.token_ends else (),
            event_ends=tuple(end - start for end in event_ends[events]) if op.event_ends else (),
            spoiled=op.spoiled if stop == len(content) else (),
            harm=harm - start if harm is not None and start <= harm < stop else None,
        )


def _framed(piece: Write, lead: bytes, tail: bytes) -> Write:
    return replace(
        piece,
        data=lead + piece.data + tail,
        lead=len(lead),
        tail=len(tail),
        token_ends=tuple(end + len(lead) for end in piece.token_ends),
        event_ends=tuple(end + len(lead) for end in piece.event_ends),
        harm=None if piece.harm is None else piece.harm + len(lead),
    )


def _is_in(offset: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in spans)
