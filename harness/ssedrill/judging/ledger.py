"""The two journals side by side, token by token: what of the answer did the application really get?

The ledger gives every token that a client showed its marks, once and for all: the counts, the sentence and the
reports read them. It looks at the text that the application was left with: text that a client withdrew (a restart) is
kept apart, because withdrawing it was honest. What comes after the client has told of an error changes nothing of
what the application had by then, and is not looked at. The marks, in their order of precedence:

corrupted
    a token with a damaged text, one that had not been written when it was shown, or a piece of text that belongs to
    no token and was not sent so; the beginning of a token that the text breaks off in is forgiven, except to who
    calls it complete;
spliced
    a token of another generation than that of the first token shown that had been written;
duplicate
    a token at a place in the answer that had been shown before, in whatever generation's words;
reordered
    a token shown for the first time after one with a higher number.

repeated
    the server itself had sent the token once more. Unless an id or a number at its event told the client so, it is no
    duplicate.
extra
    text that is no token, as the server itself had sent it in this place, and no more often.

A token may have several of them (but it is either a duplicate or reordered), and counts for each. Text that is no
token is corrupted or extra, and nothing else. Besides, there is what is lost:

lost
    tokens that the application does not know to be missing: all that had not been shown when the client said
    "complete"; only the holes before the last shown token, if it did not say so. Those of them that never came at all
    have a mark of their own: missing. What the server itself left out is marked so, and is not lost if no number of
    a later event told its client.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from ssedrill.judging.extras import Extras
from ssedrill.judging.servers_own import Odd, left_out, odd_ones, of_use
from ssedrill.judging.shown_text import Found, ShownReader, segments
from ssedrill.judging.written import Sources, Written
from ssedrill.model.record import Claim
from ssedrill.model.scenario import Flavour
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.token_mark import TokenMark
from ssedrill.model.token_runs import NEW, MarkedToken

WITHDRAWN = (TokenMark.WITHDRAWN,)
MISSING = (TokenMark.MISSING,)
EXTRA = (TokenMark.EXTRA,)


@dataclass(frozen=True, slots=True)
class Shown(MarkedToken):
    """A token as the application got it, and when."""

    t: float
    late: bool  # shown after the client had said how it ended
    sent: bool  # it had gone over the wire by then
    sources: Sources  # the attempts that had written it by then


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the application got, marked and counted."""

    shown: tuple[Shown, ...]  # what it was left with, in order
    withdrawn: tuple[Shown, ...]  # what it was told to drop
    lost: tuple[int, ...]  # the numbers of the tokens that it does not know to be missing
    expected: int  # so many tokens has a whole answer
    left_out: tuple[int, ...]  # those of them that the server left out, which the client can't have known
    absent: tuple[MarkedToken, ...]  # what never came
    counts: Mapping[TokenMark, int]  # how many tokens have each mark

    @property
    def numbers(self) -> list[int]:
        """The numbers of the tokens that the application was left with, in order."""
        return [token.number for token in self.shown if token.number]

    @property
    def tokens(self) -> list[MarkedToken]:
        """Every token with its marks: what was withdrawn, what stayed, and then what was lost and never came."""
        return [*self.withdrawn, *self.shown, *self.absent]

    @property
    def firsts(self) -> list[Shown]:
        """The first time that each token was seen at all, withdrawn or not, in order of time.

        What had not been sent by then is not seen, whatever was shown.
        """
        found: dict[int, Shown] = {}
        for token in (*self.withdrawn, *self.shown):
            if token.sent and token.number:
                found.setdefault(token.number, token)
        return list(found.values())

    @property
    def first_flaw(self) -> Shown | None:
        """The first token that is wrong where it stands."""
        return next((token for token in self.shown if token.mark.is_flaw), None)

    @property
    def right_so_far(self) -> bool:
        """The text is a correct beginning of one generation's answer (or nothing)."""
        there = sorted(token.number for token in self.shown if token.number and token.mark is not TokenMark.REPEATED)
        return self.first_flaw is None and there == self._due(max(there, default=0))

    @property
    def exact(self) -> bool:
        """The text is the whole answer and nothing else."""
        return self.right_so_far and set(self.numbers) == set(self._due(self.expected)) and not self.lost

    def _due(self, until: int) -> list[int]:
        """Return the numbers of the tokens up to this one that the client could have got."""
        gone = set(self.left_out)
        return [number for number in range(1, until + 1) if number not in gone]


def build_ledger(
    journal: TokenJournal,
    *,
    claim: Claim,
    expected: int,
    flavour: Flavour,
    written: Written,
    until: TokenEntry | None = None,
) -> Ledger:
    """Lay what a client showed beside what was there to show.

    ``expected`` is the number of tokens of a whole answer, ``written`` what went over the wire. ``until`` is the
    entry that told of an error, if there is one.
    """
    heard = list(takewhile(lambda entry: entry is not until, journal.entries))
    reader = ShownReader(written, flavour, raw=journal.raw, forgiving=claim is not Claim.COMPLETE)
    *dropped, kept = segments(heard)
    withdrawn = tuple(_shown(found, WITHDRAWN, written) for pieces in dropped for found in reader.found(pieces))
    began = max((entry.t for entry in heard if entry.kind == "restart"), default=0.0)
    attempts = of_use(written.attempts, began)
    found = reader.found(kept, Extras(attempts, spaced=journal.raw))
    shown = tuple(_marked(found, expected, written, odd_ones(attempts, numbered=written.numbered)))
    lost = tuple(_lost(shown, claim, expected))
    gone = left_out(attempts, _generation(shown), lost, numbered=written.numbered)
    excused = tuple(sorted(gone.all - gone.told))
    lost = tuple(number for number in lost if number not in excused)
    absent = tuple(_never_came({*lost, *(excused if claim is Claim.COMPLETE else ())}, shown, gone.all, lost))
    counts = Counter(mark for token in (*withdrawn, *shown, *absent) for mark in token.marks)
    return Ledger(shown, withdrawn, lost, expected, excused, absent, counts)


def _shown(found: Found, marks: tuple[TokenMark, ...], written: Written) -> Shown:
    piece = found.piece
    if found.served is not None:
        return Shown(piece.entry, "", 0, EXTRA, piece.t, piece.late, True, found.served)
    token = (found.seen.generation, found.seen.number)
    sent, sources = written.sent(token, piece.by), written.sources(token, piece.by)
    return Shown(piece.entry, *token, marks, piece.t, piece.late, sent, sources)


def _marked(found: list[Found], expected: int, written: Written, odd: Odd) -> Iterator[Shown]:
    """Give the tokens of the text that stayed, each with its marks; ``odd`` is what the server itself did."""
    numbers: set[int] = set()
    highest = 0
    before = 0
    tokens = [_shown(one, NEW, written) for one in found]
    first_generation = _generation(tokens)
    for one, token in zip(found, tokens, strict=True):
        seen = one.seen
        if one.served is not None:
            yield token
            continue
        flaws = []
        if not (token.sent and seen.whole and seen.number <= expected):
            flaws.append(TokenMark.CORRUPTED)
        if seen.number:
            if seen.generation != first_generation:
                flaws.append(TokenMark.SPLICED)
            if seen.number in numbers or seen.number < highest:
                own = odd.get((seen.generation, before, seen.number), [])
                servers_own, told = bool(own), own.pop(0) if own else True
                again = seen.number in numbers
                if told:
                    flaws.append(TokenMark.DUPLICATE if again else TokenMark.REORDERED)
                flaws += [TokenMark.REPEATED] if servers_own and again else []
            before = seen.number
            numbers.add(seen.number)
            highest = max(highest, seen.number)
        yield replace(token, marks=tuple(flaws)) if flaws else token


def _generation(tokens: Sequence[Shown]) -> str:
    """Return whose tokens were shown first; what nobody had sent decides only if there is nothing else."""
    numbered = [token for token in tokens if token.number]
    return next((token.generation for token in numbered if token.sent), numbered[0].generation if numbered else "")


def _lost(shown: tuple[Shown, ...], claim: Claim, expected: int) -> list[int]:
    if claim is Claim.COMPLETE:
        there, until = {token.number for token in shown if not token.late}, expected
    else:
        there = {token.number for token in shown}
        until = min(max(there, default=0), expected)
    return [number for number in range(1, until + 1) if number not in there]


def _never_came(
    numbers: set[int], shown: tuple[Shown, ...], left_out: frozenset[int], lost: tuple[int, ...]
) -> Iterator[MarkedToken]:
    """Give those of the tokens that were not shown later either."""
    unaware = set(lost)
    for number in sorted(numbers - {token.number for token in shown}):
        marks = (*(MISSING if number in unaware else ()), *((TokenMark.LEFT_OUT,) if number in left_out else ()))
        yield MarkedToken(0, "", number, marks)
