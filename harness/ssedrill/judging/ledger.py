"""The two journals side by side, token by token: what of the answer did the application really get?

The ledger counts on the text that the application was left with: text that a client withdrew (a restart) is kept
apart, because withdrawing it was honest. Every count is exact:

duplicates
    tokens at a place in the answer that had been shown before, in whatever generation's words;
lost
    tokens that the application does not know to be missing: all that had not been shown when the client said
    "complete"; only the holes before the last shown token, where it did not say so;
reordered
    tokens shown for the first time after one with a higher number;
corrupted
    tokens with a damaged text, tokens nobody served, and pieces of text that belong to no token;
spliced
    tokens of another generation than that of the first token shown.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate

from ssedrill.model.record import Claim, TokenJournal
from ssedrill.model.scenario import Text
from ssedrill.model.tokens import Seen, find_tokens


@dataclass(frozen=True, slots=True)
class Shown:
    """A token (or, with number 0, text that is none) as the application got it."""

    t: float
    generation: str
    number: int
    whole: bool
    late: bool = False  # shown after the client had said how it ended


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the application got, counted."""

    shown: tuple[Shown, ...]  # what it was left with, in order
    withdrawn: tuple[Shown, ...]  # what it was told to drop
    firsts: tuple[Shown, ...]  # the first time that each token was seen at all, withdrawn or not, in order of time
    duplicates: int
    lost: int
    reordered: int
    corrupted: int
    spliced: int
    expected: int

    @property
    def numbers(self) -> list[int]:
        """The numbers of the tokens that the application was left with, in order."""
        return [token.number for token in self.shown if token.number]

    @property
    def missing(self) -> list[int]:
        """The numbers of the tokens that had not been shown when the client said how it ended."""
        return _missing(self.shown, self.expected)

    @property
    def right_so_far(self) -> bool:
        """The text is a correct beginning of one generation's answer (or nothing)."""
        flaws = self.corrupted + self.spliced + self.reordered + self.duplicates
        return flaws == 0 and self.numbers == list(range(1, len(self.numbers) + 1))

    @property
    def exact(self) -> bool:
        """The text is the whole answer and nothing else."""
        return self.right_so_far and len(self.numbers) == self.expected and not self.lost


def lay(journal: TokenJournal, *, claim: Claim, expected: int, text: Text, served: Collection[str]) -> Ledger:
    """Lay what a client showed beside what was there to show.

    ``expected`` is the number of tokens of a whole answer, ``served`` the generations that went over the wire.
    """
    segments = [_tokens(pieces, text, journal.raw) for pieces in _segments(journal)]
    shown = tuple(segments[-1])
    withdrawn = tuple(token for segment in segments[:-1] for token in segment)
    seen: set[int] = set()
    firsts: list[Shown] = []
    for token in (*withdrawn, *shown):
        if token.number and token.number not in seen:
            seen.add(token.number)
            firsts.append(token)
    numbers: set[int] = set()
    duplicates = reordered = corrupted = spliced = highest = 0
    first_generation = next((token.generation for token in shown if token.number), "")
    for token in shown:
        if not token.whole or token.number > expected or token.generation not in served:
            corrupted += 1
            if not token.number:
                continue
        if token.number in numbers:
            duplicates += 1
        elif token.number < highest:
            reordered += 1
        numbers.add(token.number)
        highest = max(highest, token.number)
        spliced += token.generation != first_generation
    holes = sum(number not in numbers for number in range(1, min(highest, expected) + 1))
    lost = len(_missing(shown, expected)) if claim is Claim.COMPLETE else holes
    return Ledger(shown, withdrawn, tuple(firsts), duplicates, lost, reordered, corrupted, spliced, expected)


def _missing(shown: tuple[Shown, ...], expected: int) -> list[int]:
    in_time = {token.number for token in shown if not token.late}
    return [number for number in range(1, expected + 1) if number not in in_time]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of text as the application got it."""

    t: float
    text: str
    late: bool


def _segments(journal: TokenJournal) -> list[list[_Piece]]:
    """Return the pieces of text between restarts; the last segment is what stayed."""
    segments: list[list[_Piece]] = [[]]
    claimed = False
    for entry in journal.entries:
        if entry.kind == "restart":
            segments.append([])
        elif entry.kind == "text":
            segments[-1].append(_Piece(entry.t, entry.text, claimed))
        claimed = claimed or entry.kind in ("done", "error")
    return segments


def _tokens(pieces: list[_Piece], text: Text, raw: bool) -> list[Shown]:
    """Find the tokens in the joined pieces; a token's time is that of the piece with its last character."""
    ends = list(accumulate(len(piece.text) for piece in pieces))

    def timed(seen: Seen) -> Shown:
        piece = pieces[bisect_left(ends, seen.at + 1)]
        return Shown(piece.t, seen.generation, seen.number, seen.whole, piece.late)

    joined = "".join(piece.text for piece in pieces)
    return [timed(seen) for seen in find_tokens(joined, text, raw=raw)]
