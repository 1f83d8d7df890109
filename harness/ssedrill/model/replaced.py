"""Replacing words in what is kept in pieces, even where a cut goes right through a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import AnyStr, TypeAlias

Replacement: TypeAlias = tuple[int, int, AnyStr]
"""From where, up to where, and what stands there instead."""


def replaced(pieces: Sequence[AnyStr], spans: Sequence[Replacement[AnyStr]]) -> list[AnyStr]:
    """Return the pieces with spans of the whole replaced; what is new stands in the piece where its span begins.

    Of spans that overlap the first one counts.
    """
    if not pieces:
        return []
    whole = pieces[0][:0].join(pieces)
    ordered = sorted(spans)
    done: list[AnyStr] = []
    start = at = first = 0  # at: what is told of the whole so far
    for piece in pieces:
        end, kept = start + len(piece), whole[:0]
        while first < len(ordered) and ordered[first][0] < end:
            begins, behind, instead = ordered[first]
            if begins >= at:
                kept += whole[at:begins] + instead
            at = max(at, behind)
            first += 1
        if at < end:
            kept, at = kept + whole[at:end], end
        done.append(kept)
        start = end
    return done
