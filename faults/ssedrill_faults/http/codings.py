"""Content codings: gzip, deflate, br and zstd, with every event in them at once or only when there is enough."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal, TypeAlias, get_args

import brotli
import zstandard

from ssedrill_faults.plan import Frame

Coding: TypeAlias = Literal["gzip", "deflate", "br", "zstd"]

CODINGS: tuple[Coding, ...] = get_args(Coding)

NOT_CODED = (zlib.error, brotli.error, zstandard.ZstdError, ValueError)
"""What is raised if a body is not in the coding in which it is read."""

_WINDOWS: Mapping[str, int] = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
"""What zlib is to write: ``deflate`` is its own format (RFC 9110, 8.4.1.2), not the bare one of some old servers."""


@dataclass(frozen=True, slots=True)
class _Coder:
    """One body's coder: what it gives for some bytes, for all that it has kept, and at the end."""

    take: Callable[[bytes], bytes]
    flush: Callable[[], bytes]
    finish: Callable[[], bytes]


def coded(coding: Coding, frames: Sequence[Frame], *, flushed: bool, members: bool = False) -> tuple[Frame, ...]:
    """Return the frames of a body with their share of the coded body, the end of which is in the last one.

    Unless it is ``flushed``, a coder keeps what it is given for as long as it likes. With ``members`` each frame is
    coded by itself, and the body is one after the other (RFC 1952, 2.2). Each frame has the bytes with
    which it can be decoded, when they are there; if another's brings them along, it has none. The byte by which a
    fault in a frame can be noticed is the coded one with which that of the frame can be decoded.
    """
    coder, decode = _coder(coding), decoder(coding)
    done = [replace(frame, data=b"", harm=None) for frame in frames]
    ends = list(accumulate(len(frame.data) for frame in frames))
    harms = deque(
        (end - len(frame.data) + frame.harm, number)  # of the body as it is without the coding
        for number, (frame, end) in enumerate(zip(frames, ends, strict=True))
        if frame.harm is not None
    )
    noticed: dict[int, int] = {}  # of frames: with which of the kept bytes their faults can be
    kept, readable, told = bytearray(), 0, -1
    for number, frame in enumerate(frames):
        piece = coder.take(frame.data) + (coder.flush() if flushed else b"")
        piece += coder.finish() if members or number == len(frames) - 1 else b""
        coder = _coder(coding) if members else coder
        # Byte by byte where a fault may be noticed: only the decoder knows with which of them it has what it needs.
        step = 1 if harms and harms[0][1] <= number else max(1, len(piece))
        for at in range(0, len(piece), step):
            kept += piece[at : at + step]
            readable += len(decode(piece[at : at + step]))
            while harms and harms[0][0] < readable:
                noticed[harms.popleft()[1]] = len(kept) - 1
        whole = bisect_right(ends, readable) - 1  # the last frame that can be decoded
        if whole > told and kept:
            late = sum(one.wait_s for one in done[whole + 1 : number + 1])
            done[whole] = replace(done[whole], data=bytes(kept), wait_s=done[whole].wait_s + late)
            done[whole + 1 : number + 1] = [replace(one, wait_s=0.0) for one in done[whole + 1 : number + 1]]
            _first_to_be_noticed(done, range(told + 1, whole + 1), noticed)
            # What can be noticed before its frame is whole can be so by whatever byte comes next.
            noticed = {i: 0 for i in noticed if i > whole}
            kept, told = bytearray(), whole
    return tuple(done)


def _first_to_be_noticed(done: list[Frame], together: range, noticed: Mapping[int, int]) -> None:
    """Give the bytes of several frames, which the last one has, the mark of the fault that is noticed first."""
    first = min((i for i in together if i in noticed), key=noticed.__getitem__, default=None)
    if first is None:
        return
    last = together[-1]
    marks = done[first].fault, done[last].fault
    done[first] = replace(done[first], fault=marks[1])
    done[last] = replace(done[last], fault=marks[0], harm=noticed[first])


def decoded(coding: str, data: bytes) -> bytes | None:
    """Return what can be read of the beginning of a coded body; None if that is not what it is."""
    try:
        return decoder(coding)(data)
    except NOT_CODED:
        return None


def decoder(coding: str) -> Callable[[bytes], bytes]:
    """Return what decodes a body piece by piece, and raises one of NOT_CODED if it can't."""
    match coding:
        case "gzip":
            return _gunzipped()
        case "deflate":
            return zlib.decompressobj(_WINDOWS[coding]).decompress
        case "br":
            br: Callable[[bytes], bytes] = brotli.Decompressor().process
            return br
        case "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress
        case _:
            raise ValueError(f"no such coding: {coding}")


def _gunzipped() -> Callable[[bytes], bytes]:
    """Return what decodes gzip piece by piece, one member after the other."""
    one = zlib.decompressobj(_WINDOWS["gzip"])

    def decode(data: bytes) -> bytes:
        nonlocal one
        found = b""
        while data:
            one = zlib.decompressobj(_WINDOWS["gzip"]) if one.eof else one
            found += one.decompress(data)
            data = one.unused_data
        return found

    return decode


def _coder(coding: Coding) -> _Coder:
    match coding:
        case "gzip" | "deflate":
            packed = zlib.compressobj(wbits=_WINDOWS[coding])
            return _Coder(packed.compress, lambda: packed.flush(zlib.Z_SYNC_FLUSH), packed.flush)
        case "br":
            br = brotli.Compressor(quality=5)
            return _Coder(br.process, br.flush, br.finish)
        case "zstd":
            zstd = zstandard.ZstdCompressor().compressobj()
            block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
            return _Coder(zstd.compress, lambda: zstd.flush(block), zstd.flush)
