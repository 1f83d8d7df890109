"""The ledger's counts, on texts that were put together by hand or by Hypothesis."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ssedrill.judging.ledger import Ledger, lay
from ssedrill.model.record import Claim, TokenEntry, TokenJournal
from ssedrill.model.scenario import Text
from ssedrill.model.tokens import token_text


def journal(*parts: str | None) -> TokenJournal:
    """Return a journal of these pieces of text, a tenth of a second apart; None is a restart."""
    entries = [
        TokenEntry(i, i / 10, "restart" if part is None else "text", part or "")
        for i, part in enumerate(parts, start=1)
    ]
    return TokenJournal(entries)


def count(*parts: str | None, claim: Claim = Claim.COMPLETE, expected: int = 4, served: str = "ab") -> Ledger:
    """Lay a text beside an answer of a few ASCII tokens."""
    return lay(journal(*parts), claim=claim, expected=expected, text=Text.ASCII, served=set(served))


def flaws(ledger: Ledger) -> tuple[int, int, int, int, int]:
    """Return all counts at once."""
    return ledger.duplicates, ledger.lost, ledger.reordered, ledger.corrupted, ledger.spliced


def test_an_exact_answer_has_no_flaw():
    """All tokens, once and in order, however they were cut into pieces."""
    ledger = count(" a1. a", "2. a3", ".", " a4.")
    assert ledger.exact
    assert flaws(ledger) == (0, 0, 0, 0, 0)


def test_each_flaw_is_counted_alone():
    """One flaw moves one count and no other."""
    assert flaws(count(" a1. a2. a2. a3. a4.")) == (1, 0, 0, 0, 0)
    assert flaws(count(" a1. a2. a4.")) == (0, 1, 0, 0, 0)
    assert flaws(count(" a1. a3. a2. a4.")) == (0, 0, 1, 0, 0)
    assert flaws(count(" a1. a2.oops a3. a4.")) == (0, 0, 0, 1, 0)
    assert flaws(count(" a1. a2. b3. b4.")) == (0, 0, 0, 0, 2)


def test_a_missing_end_is_lost_only_where_the_client_said_complete():
    """A client that raised told its application that the rest is missing; a hole before that is a loss."""
    assert count(" a1. a2.").lost == 2
    assert count(" a1. a2.", claim=Claim.ERROR).lost == 0
    assert count(" a1. a3.", claim=Claim.ERROR).lost == 1


def test_withdrawn_text_is_no_duplicate():
    """What was taken back is counted apart, and the first sight of a token stays the first."""
    ledger = count(" a1. a2.", None, " b1. b2. b3. b4.")
    assert ledger.exact
    assert len(ledger.withdrawn) == 2
    assert [(token.number, token.t) for token in ledger.firsts] == [(1, 0.1), (2, 0.1), (3, 0.3), (4, 0.3)]


def test_tokens_that_nobody_served_are_foreign():
    """A generation that never went over the wire, or a number beyond the answer, is damage."""
    assert count(" a1. z2. a3. a4.").corrupted == 1
    assert count(" a1. a2. a3. a4. a5.").corrupted == 1


def test_a_token_cut_at_the_very_end_is_not_damage():
    """A client that stops inside a token has not shown a wrong one."""
    assert flaws(count(" a1. a2", claim=Claim.ERROR)) == (0, 0, 0, 0, 0)


def test_a_raw_body_is_searched_inside_its_framing():
    """In raw mode the text around the tokens is the protocol's, not the client's."""
    body = 'data: {"text":" a1."}\n\ndata: {"text":" a2."}\n\n: ping\n\ndata: {"text":" a3. a4."}\n\n'
    entries = [TokenEntry(1, 0.0, "text", body)]
    ledger = lay(TokenJournal(entries, raw=True), claim=Claim.COMPLETE, expected=4, text=Text.ASCII, served={"a"})
    assert ledger.exact


@given(
    numbers=st.lists(st.integers(1, 30), max_size=60),
    flavour=st.sampled_from(Text),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_the_counts_add_up(numbers: list[int], flavour: Text, cuts: list[int]):
    """Shown = distinct + duplicates, and distinct + lost = the answer, for any tokens cut anywhere."""
    text = "".join(token_text("a", number, flavour) for number in numbers)
    edges = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[a:b] for a, b in pairwise(edges)]
    ledger = lay(journal(*pieces), claim=Claim.COMPLETE, expected=30, text=flavour, served={"a"})
    assert ledger.numbers == numbers
    assert ledger.corrupted == ledger.spliced == 0
    assert ledger.duplicates == len(numbers) - len(set(numbers))
    assert len(set(numbers)) + ledger.lost == 30
    assert ledger.exact == (numbers == list(range(1, 31)))
    highest = 0
    late = 0
    for i, number in enumerate(numbers):
        late += number not in numbers[:i] and number < highest
        highest = max(highest, number)
    assert ledger.reordered == late
