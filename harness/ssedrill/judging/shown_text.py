"""The tokens in what a client showed, and the text between them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import inf

from ssedrill.judging.extras import Extras
from ssedrill.judging.written import Sources, Token, Written
from ssedrill.model.scenario import Flavour
from ssedrill.model.token_journal import KEPT_ENTRIES, TokenEntry
from ssedrill.model.tokens import Seen, find_tokens

_FRAMED = re.compile(r"^(data|event|id|retry)?:|^\s*[{\[<]", re.MULTILINE)
"""A raw body shows the framing of a stream, or of a whole answer."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text as the application got it."""

    t: float
    entry: int
    text: str
    late: bool
    by: float  # it was shown by then: later than ``t`` only if it was joined from several


@dataclass(frozen=True, slots=True)
class Found:
    """A token, or text that is none."""

    seen: Seen
    piece: Piece  # with its last character
    text: str
    served: Sources | None = None  # for text that is no token: who had sent it just so, if anybody had


def segments(entries: list[TokenEntry]) -> list[list[Piece]]:
    """Return the pieces of text between restarts; the last segment is what stayed."""
    found: list[list[Piece]] = [[]]
    claimed = False
    for index, entry in enumerate(entries):
        if entry.kind == "restart":
            found.append([])
        elif entry.kind == "text":
            found[-1].append(Piece(entry.t, entry.n, entry.text, claimed, _shown_by(entries, index)))
        claimed = claimed or entry.kind in ("done", "error")
    return found


def _shown_by(entries: list[TokenEntry], index: int) -> float:
    """Return when the last character of an entry was shown, at the latest."""
    if index + 1 < KEPT_ENTRIES:
        return entries[index].t
    return entries[index + 1].t if index + 1 < len(entries) else inf


@dataclass(frozen=True)
class ShownReader:
    """Finds the tokens in what a client showed.

    In a ``raw`` body tokens stand among other text; if there is no framing, it is all the answer's. ``forgiving``:
    the beginning of the next token is nothing if the text breaks off there, as far as it is in what was written.
    """

    written: Written
    flavour: Flavour
    raw: bool
    forgiving: bool

    def found(self, pieces: list[Piece], extras: Extras | None = None) -> list[Found]:
        """Return what is in the joined pieces; ``extras`` is what else than tokens may be there."""
        joined = "".join(piece.text for piece in pieces)
        framed = self.raw and _FRAMED.search(joined) is not None
        seen = list(find_tokens(joined, self.flavour, raw=framed, tail=True))
        if self.raw and not any(one.number for one in seen):
            return []
        found = list(_placed(seen, pieces, joined))
        if self.raw:  # what stands between tokens and is but space: programs end their lines
            found = [one for one in found if one.text.strip()]
        if extras:
            found = list(self._with_extras(found, extras, framed=framed))
        return found[:-1] if self._is_begun(found) else found

    def _is_begun(self, found: list[Found]) -> bool:
        """Tell whether the last of what was found is the beginning of a token, and may be."""
        if not (self.forgiving and found) or found[-1].served is not None or not found[-1].seen.unfinished:
            return False
        return self.written.has_begun(found[-1].text, _token_before(found, len(found) - 1), found[-1].piece.by)

    def _with_extras(self, found: list[Found], extras: Extras, *, framed: bool) -> Iterator[Found]:
        """Give what was found, what was served between tokens as such."""
        begin = 0
        while begin < len(found):
            end = begin
            while end < len(found) and not found[end].seen.whole:
                end += 1
            if end > begin:
                before = _token_before(found, begin)
                yield from self._between(found[begin:end], before, extras, framed=framed, last=end == len(found))
            yield from found[end : end + 1]
            begin = end + 1

    def _between(
        self, run: list[Found], before: Token | None, extras: Extras, *, framed: bool, last: bool
    ) -> list[Found]:
        """Return text between two tokens as one piece if it was served so; what the text breaks off in stays."""
        if framed:
            return [one for one in run if not self.written.stood_behind(one.text, before, one.piece.by)]
        for rest in (0, 1) if run[-1].seen.unfinished else (0,):
            served = run[: len(run) - rest]
            text = "".join(one.text for one in served)
            breaks_off = self.forgiving and last and not rest
            if served and (sources := extras.take(text, before, served[-1].piece.by, breaks_off=breaks_off)):
                return [replace(served[-1], text=text, served=sources), *run[len(served) :]]
        return run


def _placed(seen: Sequence[Seen], pieces: Sequence[Piece], joined: str) -> Iterator[Found]:
    """Give what was seen with its text, and the piece that has its last character."""
    ends = list(accumulate(len(piece.text) for piece in pieces))
    begin = 0
    for one in seen:
        yield Found(one, pieces[bisect_left(ends, one.at + 1)], joined[begin : one.at + 1])
        begin = one.at + 1


def _token_before(found: Sequence[Found], at: int) -> Token | None:
    """Return the last token ahead of a place, whatever the matter is with it; None if there is none."""
    tokens = (one.seen for one in reversed(found[:at]) if one.seen.number and one.served is None)
    return next(((seen.generation, seen.number) for seen in tokens), None)
