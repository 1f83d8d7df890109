"""Where a segment may be cut, and where a cut hurts."""

from __future__ import annotations

import re
from enum import StrEnum

from ssedrill_faults.http_version import HttpVersion
from ssedrill_faults.plan import Write


class Mark(StrEnum):
    """A kind of place inside a segment."""

    BYTE = "byte"  # between any two bytes
    UTF8 = "utf8"  # inside a character of several bytes
    JSON = "json"  # in the middle of the JSON of a data line
    CRLF = "crlf"  # between the CR and the LF of a line ending of the stream
    BLANK_LINE = "blank-line"  # before the empty line that ends an event
    CHUNK_SIZE = "chunk-size"  # inside the size that HTTP puts ahead of a piece of the body


IN_FRAMING = frozenset({Mark.BYTE, Mark.CHUNK_SIZE})
"""The kinds of places that are in the framing of HTTP as well, or only there."""

_BLANK_LINE = re.compile(rb"(?<=[^\r\n])(\r\n|\r(?!\n)|\n)(?=[\r\n])")
_DATA_LINE = re.compile(rb"^data: ?(.{2,}?)(?=\r|\n|$)", re.MULTILINE)


def cuts(op: Write, mark: Mark, http: HttpVersion) -> list[int]:
    """Return the offsets in the segment's data at which this mark can be cut, in order; 0 and the end never.

    ``http`` is what the segment was rendered by: it knows where its framing can be cut.
    """
    data, end = op.data, op.content_end
    match mark:
        case Mark.BYTE:
            return list(range(1, len(data)))
        case Mark.UTF8:
            return [i for i in range(op.lead + 1, end) if data[i] & 0xC0 == 0x80]
        case Mark.CRLF:
            return [i for i in range(op.lead + 1, end) if data[i] == 0x0A and data[i - 1] == 0x0D]
        case Mark.JSON:
            found = _DATA_LINE.finditer(op.content)
            middles = [op.lead + (line.start(1) + line.end(1)) // 2 for line in found]
            return [_whole_characters(data, at) for at in middles]
        case Mark.BLANK_LINE:
            return [op.lead + line.end(1) for line in _BLANK_LINE.finditer(op.content)]
        case Mark.CHUNK_SIZE:
            return list(http.chunk_size_cuts(op))


def _whole_characters(data: bytes, at: int) -> int:
    """Move back to the start of a character, so that a cut inside JSON is not a cut inside UTF-8 as well."""
    while data[at] & 0xC0 == 0x80:
        at -= 1
    return at
