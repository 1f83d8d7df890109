"""The ledger's counts, on texts that were put together by hand or by Hypothesis."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssedrill.judging.ledger import Ledger, build_ledger
from ssedrill.judging.written import written_on
from ssedrill.model.record import Claim
from ssedrill.model.scenario import Flavour
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.token_mark import TokenMark
from ssedrill.model.token_runs import folded, unfolded
from ssedrill.model.tokens import token_text
from ssedrill.model.wire_journal import WireJournal
from ssedrill_faults.plan import Role, Write
from support.records import answer_ops, attempt, whole


def journal(*parts: str | None) -> TokenJournal:
    """Return a journal of these pieces of text, a tenth of a second apart; None is a restart."""
    entries = [
        TokenEntry(i, i / 10, "restart" if part is None else "text", part or "")
        for i, part in enumerate(parts, start=1)
    ]
    return TokenJournal(entries)


def count(*parts: str | None, claim: Claim = Claim.COMPLETE, expected: int = 4, served: str = "ab") -> Ledger:
    """Lay a text beside an answer of a few ASCII tokens."""
    written = whole(*served, tokens=expected)
    return build_ledger(journal(*parts), claim=claim, expected=expected, flavour=Flavour.ASCII, written=written)


def flaws(ledger: Ledger) -> tuple[int, int, int, int, int]:
    """Return all counts at once."""
    marks = TokenMark.REORDERED, TokenMark.CORRUPTED, TokenMark.SPLICED
    reordered, corrupted, spliced = (ledger.counts[mark] for mark in marks)
    return ledger.counts[TokenMark.DUPLICATE], len(ledger.lost), reordered, corrupted, spliced


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
    assert count(" a1. a2.").lost == (3, 4)
    assert count(" a1. a2.", claim=Claim.ERROR).lost == ()
    assert count(" a1. a3.", claim=Claim.ERROR).lost == (2,)


def test_an_answer_is_exact_if_the_client_said_complete_when_it_had_all():
    """Half of it is not exact, though nobody was told a lie; nor is what came after "complete"."""
    assert not count(" a1. a2.", claim=Claim.ERROR).exact
    assert count("", claim=Claim.ERROR).lost == ()
    entries = [TokenEntry(1, 0.1, "text", " a1. a2. a3."), TokenEntry(2, 0.2, "done")]
    entries.append(TokenEntry(3, 0.3, "text", " a4."))
    late = build_ledger(
        TokenJournal(entries), claim=Claim.COMPLETE, expected=4, flavour=Flavour.ASCII, written=whole("a", tokens=4)
    )
    assert (late.right_so_far, late.lost, late.exact) == (True, (4,), False)


def test_foreign_text_has_no_number():
    """It is at no place in the answer, and what follows it is no other answer for that."""
    ledger = count("?? a1. z2.?? a3.")
    assert ledger.numbers == [1, 2, 3]
    assert [token.number for token in ledger.firsts] == [1, 3], "what nobody sent is never seen"
    assert marks(ledger) == ["corrupted", "new", "corrupted spliced", "corrupted", "new", "missing"]
    assert [token.entry for token in ledger.tokens] == [1, 1, 1, 1, 1, 0], "what never came is in no entry"


def test_a_number_beyond_the_answer_is_damage_whoever_wrote_it():
    """The scenario says how long its answer is."""
    ledger = build_ledger(
        journal(" a1. a2. a3."), claim=Claim.ERROR, expected=2, flavour=Flavour.ASCII, written=whole("a", tokens=4)
    )
    assert marks(ledger) == ["new", "new", "corrupted"]


def test_withdrawn_text_is_no_duplicate():
    """What was taken back is counted apart, and the first sight of a token stays the first."""
    ledger = count(" a1. a2.", None, " b1. b2. b3. b4.")
    assert ledger.exact
    assert len(ledger.withdrawn) == 2
    assert [(token.number, token.t) for token in ledger.firsts] == [(1, 0.1), (2, 0.1), (3, 0.3), (4, 0.3)]


def test_tokens_that_nobody_served_are_foreign():
    """A generation that never went over the wire, or a number beyond the answer, is damage."""
    assert count(" a1. z2. a3. a4.").counts[TokenMark.CORRUPTED] == 1
    assert count(" a1. a2. a3. a4. a5.").counts[TokenMark.CORRUPTED] == 1


def test_a_token_cut_at_the_very_end_is_not_damage():
    """A client that stops inside a token has not shown a wrong one."""
    assert flaws(count(" a1. a2", claim=Claim.ERROR)) == (0, 0, 0, 0, 0)


def test_an_unfinished_token_is_forgiven_only_to_who_does_not_call_it_complete():
    """The end of a whole answer is its last full stop: what comes behind it is damage under "complete"."""
    whole_text = " a1. a2. a3. a4."
    for tail in (" err", " b", " a5", " ", " zz12", " a1", "?"):
        assert not count(whole_text + tail).exact, tail
        assert count(whole_text + tail).counts[TokenMark.CORRUPTED] == 1, tail
    for claim in (Claim.ERROR, Claim.NONE):
        for tail in (" ", " a", " a4"):
            assert count(" a1. a2. a3." + tail, claim=claim).right_so_far, tail
        for tail in (" err", " zz12", "?", " c", " b", " b4", " b1", " a3", " a19", " a5"):  # not the next one's
            assert not count(" a1. a2. a3." + tail, claim=claim).right_so_far, tail
        for tail in (" err", " zz12", "?", " c"):
            for before in ("", " a1."):
                assert not count(before + tail, claim=claim).right_so_far, tail
        assert not count(whole_text + " a5", claim=claim).right_so_far  # nor is there one behind the last


def test_the_beginning_of_a_token_must_have_come():
    """Of a token that the wire broke off in, as much may be shown as had come; of one that never began, nothing."""
    two = b'data: {"text":" a1."}\n\ndata: {"text":" a2."}\n\n'
    cut = attempt(1, 0.0, (Write(two + b'data: {"text":" a', Role.BODY),))
    cut.plan = replace(cut.plan, generation="a")
    only_two = attempt(1, 0.0, (Write(two, Role.BODY),))
    only_two.plan = replace(only_two.plan, generation="a")
    for log, tail, right in ((cut, " a", True), (cut, " a3", False), (only_two, " a", False)):
        found = build_ledger(
            journal(" a1. a2." + tail),
            claim=Claim.ERROR,
            expected=4,
            flavour=Flavour.ASCII,
            written=written_on(WireJournal([], [log]), Flavour.ASCII),
        )
        assert found.right_so_far is right, (log, tail)


def test_what_was_never_read_was_never_shown():
    """A client that left an answer in its socket, unread, has its text from somewhere else."""
    log = attempt(1, 0.0, answer_ops(1, 4))
    for one in log.played:
        one.read = False
    log.consumed = 0
    written = written_on(WireJournal([], [log]), Flavour.ASCII)
    found = build_ledger(
        journal(" a1. a2. a3. a4."), claim=Claim.COMPLETE, expected=4, flavour=Flavour.ASCII, written=written
    )
    assert found.counts[TokenMark.CORRUPTED] == 4
    first = next(one for one in log.played if getattr(log.plan.ops[one.op], "tokens", ()) == (1,))
    log.consumed = first.end - 1  # all but a byte of the first token's segment was read: the text may be from there
    assert set(written_on(WireJournal([], [log]), Flavour.ASCII).times) == {("a", 1)}
    log.consumed = first.end - len(log.plan.ops[first.op].data)
    assert not written_on(WireJournal([], [log]), Flavour.ASCII).times


@pytest.mark.parametrize(
    ("text", "damaged"),
    [
        (" a1. a2. a3. a4.", 0),
        (" a1.\n a2.\n a3.\n a4.\n", 0),
        (" a1. a2. a3. a4.Traceback: boom", 1),
        ("Answer: a1. a2. a3. a4.", 1),
        ("x a1. a2. a3. a4.", 1),
        (" a1.x a2. a3. a4.", 1),
        ('data: {"text": " a1. a2. a3. a4."}\n\nanything', 0),
        ('{"text": " a1. a2. a3. a4."} trailing', 0),
        ("nothing of the kind", 0),
    ],
)
def test_a_raw_output_without_framing_is_the_answer_and_nothing_else(text, damaged):
    """Junk beside the tokens is junk, unless it is the framing of a body; the ends of lines are a program's own."""
    body = TokenJournal([TokenEntry(1, 0.0, "text", text)], raw=True)
    found = build_ledger(
        body, claim=Claim.COMPLETE, expected=4, flavour=Flavour.ASCII, written=whole("a", tokens=4)
    )
    assert found.counts[TokenMark.CORRUPTED] == damaged

def test_a_raw_body_may_end_in_anything():
    """Of a body with its framing, what looks like the beginning of a token is none, whatever was claimed."""
    entries = [TokenEntry(1, 0.0, "text", 'data: " a1. a2. a3. a4." err')]
    body = TokenJournal(entries, raw=True)
    written = whole("a", tokens=4)
    assert build_ledger(body, claim=Claim.COMPLETE, expected=4, flavour=Flavour.ASCII, written=written).exact
    shown = TokenJournal(entries)
    assert not build_ledger(shown, claim=Claim.COMPLETE, expected=4, flavour=Flavour.ASCII, written=written).exact


def test_a_token_that_was_never_written_is_corrupted():
    """Of a generation that was served up to its second token, the rest is made up; so is what is shown too soon."""
    written = written_on(WireJournal([], [attempt(1, 0.15, answer_ops(1, 2))]), Flavour.ASCII)
    shown = journal(" a1.", " a2.", " a3.", " a4.")
    ledger = build_ledger(shown, claim=Claim.COMPLETE, expected=4, flavour=Flavour.ASCII, written=written)
    assert marks(ledger) == ["corrupted", "new", "corrupted", "corrupted"]


def test_times_are_compared_as_they_are_rounded():
    """A token that was shown at the instant of its write may seem a microsecond earlier, and no more than that."""
    written = written_on(WireJournal([], [attempt(1, 0.1, (Write(b" a1.", Role.BODY),))]), Flavour.ASCII)
    for early_s, right in ((0.0, True), (1e-6, True), (2e-6, False)):
        entry = TokenEntry(1, round(0.1 - early_s, 6), "text", " a1.")
        ledger = build_ledger(
            TokenJournal([entry]), claim=Claim.ERROR, expected=4, flavour=Flavour.ASCII, written=written
        )
        assert ledger.right_so_far == right, early_s


def test_a_piece_that_was_joined_was_shown_by_the_time_of_the_next_one(monkeypatch: pytest.MonkeyPatch):
    """Of a client that says very many things, a piece bears the time of its beginning; that is no sin."""
    monkeypatch.setattr("ssedrill.judging.shown_text.KEPT_ENTRIES", 2)
    written = written_on(WireJournal([], [attempt(1, 0.0, answer_ops(1, 4))]), Flavour.ASCII)
    pieces = [
        TokenEntry(1, 0.005, "text", " a1."),
        TokenEntry(2, 0.01, "text", " a2. a3. a4."),
        TokenEntry(3, 1.0, "done"),
    ]
    ledger = build_ledger(
        TokenJournal(pieces), claim=Claim.COMPLETE, expected=4, flavour=Flavour.ASCII, written=written
    )
    assert ledger.exact


def joined(monkeypatch: pytest.MonkeyPatch, *entries: TokenEntry) -> list[str]:
    """Return the marks of a client of whose pieces two were kept apart; a token was written every 5 ms."""
    monkeypatch.setattr("ssedrill.judging.shown_text.KEPT_ENTRIES", 2)
    written = written_on(WireJournal([], [attempt(1, 0.0, answer_ops(1, 4))]), Flavour.ASCII)
    ledger = build_ledger(
        TokenJournal(list(entries)), claim=Claim.ERROR, expected=4, flavour=Flavour.ASCII, written=written
    )
    return marks(ledger)


def test_a_joined_piece_was_shown_before_the_next_and_no_later(monkeypatch: pytest.MonkeyPatch):
    """What had not been written by then is made up, whatever comes afterwards; nothing is known of the last."""
    said = TokenEntry(2, 0.005, "text", " a1. a2. a3.")
    first, soon, late = TokenEntry(1, 0.0, "retry"), TokenEntry(3, 0.01, "retry"), TokenEntry(4, 1.0, "retry")
    assert joined(monkeypatch, first, said, soon) == ["new", "new", "corrupted"]
    assert joined(monkeypatch, first, said, soon, late) == ["new", "new", "corrupted"]
    assert joined(monkeypatch, first, said) == ["new", "new", "new"]
    assert joined(monkeypatch, said, late) == ["new", "corrupted", "corrupted"], "it was kept as it came"


def test_what_follows_an_error_changes_nothing_of_what_the_application_had():
    """A restart after the claim does not wash the text, and text after it neither mends nor spoils it."""
    told = TokenEntry(3, 0.3, "error", "boom")
    wrong = [TokenEntry(1, 0.1, "text", " a1. a1."), told, TokenEntry(4, 0.4, "restart")]
    right = [TokenEntry(1, 0.1, "text", " a1. a2."), told, TokenEntry(4, 0.4, "text", " a2. a2.")]
    for entries, fine in ((wrong, False), (right, True)):
        ledger = build_ledger(
            TokenJournal(entries),
            claim=Claim.ERROR,
            expected=4,
            flavour=Flavour.ASCII,
            written=whole("a", tokens=4),
            until=told,
        )
        assert ledger.right_so_far == fine
        assert not ledger.withdrawn


def test_a_raw_body_is_searched_inside_its_framing():
    """In raw mode the text around the tokens is the protocol's, not the client's."""
    body = 'data: {"text":" a1."}\n\ndata: {"text":" a2."}\n\n: ping\n\ndata: {"text":" a3. a4."}\n\n'
    entries = [TokenEntry(1, 0.0, "text", body)]
    ledger = build_ledger(
        TokenJournal(entries, raw=True),
        claim=Claim.COMPLETE,
        expected=4,
        flavour=Flavour.ASCII,
        written=whole("a", tokens=4),
    )
    assert ledger.exact


@given(
    numbers=st.lists(st.integers(1, 30), max_size=60),
    flavour=st.sampled_from(Flavour),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_the_counts_add_up(numbers: list[int], flavour: Flavour, cuts: list[int]):
    """Shown = distinct + duplicates, and distinct + lost = the answer, for any tokens cut anywhere."""
    text = "".join(token_text("a", number, flavour) for number in numbers)
    edges = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[a:b] for a, b in pairwise(edges)]
    written = whole("a", tokens=30, flavour=flavour)
    ledger = build_ledger(journal(*pieces), claim=Claim.COMPLETE, expected=30, flavour=flavour, written=written)
    assert ledger.numbers == numbers
    assert ledger.counts[TokenMark.CORRUPTED] == ledger.counts[TokenMark.SPLICED] == 0
    assert ledger.counts[TokenMark.DUPLICATE] == len(numbers) - len(set(numbers))
    assert len(set(numbers)) + len(ledger.lost) == 30
    assert ledger.exact == (numbers == list(range(1, 31)))
    highest = 0
    late = 0
    for i, number in enumerate(numbers):
        late += number not in numbers[:i] and number < highest
        highest = max(highest, number)
    assert ledger.counts[TokenMark.REORDERED] == late
    told = unfolded(folded(ledger.tokens))
    assert [(t.entry, t.number, t.marks) for t in told] == [(t.entry, t.number, t.marks) for t in ledger.tokens]
    assert ledger.counts[TokenMark.MISSING] == len(ledger.lost)


def marks(ledger: Ledger) -> list[str]:
    """Return the marks of every token in words."""
    return [" ".join(token.marks) for token in ledger.tokens]


def test_each_token_has_its_mark():
    """Tokens of another answer, out of order and damaged ones are told apart, and text that is no token."""
    ledger = count(" a1.", " a3.", " a2.", " b4.", " a5!.", "garbage", expected=5)
    assert marks(ledger) == ["new", "new", "reordered", "spliced", "corrupted", "corrupted"]
    assert [token.entry for token in ledger.tokens] == [1, 2, 3, 4, 5, 6]


def test_what_nobody_sent_does_not_say_whose_answer_it_is():
    """A token that was made up ahead of the answer makes it no other one."""
    ledger = count(" z1. a1. a2. a3.", expected=3)
    assert marks(ledger) == ["corrupted spliced", "duplicate", "new", "new"]
    assert marks(count(" z1. z2.", expected=2)) == ["corrupted", "corrupted"]


def test_a_token_may_have_two_flaws():
    """Both are counted, and the one that weighs more comes first."""
    ledger = count(" a1. a2. b2. z3. a1!. a4.", expected=4)
    assert marks(ledger) == ["new", "new", "spliced duplicate", "corrupted spliced", "corrupted duplicate", "new"]
    assert flaws(ledger) == (2, 0, 0, 2, 2)


def test_invented_tokens_are_not_new():
    """Tokens that nobody served, in perfect order, are all foreign."""
    ledger = count(" z1. z2. z3. z4.")
    assert marks(ledger) == ["corrupted"] * 4


def test_what_never_came_is_missing():
    """A hole is missing whatever the client said; the end only if it said complete; what came too late is not."""
    assert marks(count(" a1. a3.")) == ["new", "new", "missing", "missing"]
    assert marks(count(" a1. a3.", claim=Claim.ERROR)) == ["new", "new", "missing"]
    entries = [TokenEntry(1, 0.1, "text", " a1. a2."), TokenEntry(2, 0.2, "done"), TokenEntry(3, 0.3, "text", " a3.")]
    written = whole("a", tokens=4)
    late = build_ledger(
        TokenJournal(entries), claim=Claim.COMPLETE, expected=4, flavour=Flavour.ASCII, written=written
    )
    assert marks(late) == ["new", "new", "new", "missing"]
    assert late.lost == (3, 4)


def test_withdrawn_tokens_are_withdrawn_and_nothing_else():
    """What was wrong with text that the application was told to drop does not matter."""
    assert marks(count(" a1. a1.", None, " b1. b2. b3. b4.")) == ["withdrawn", "withdrawn", *["new"] * 4]


def test_the_first_flaw_is_the_first_token_that_is_wrong():
    """Withdrawn text is no flaw, and neither is a hole before it is filled."""
    flaw = count(" a1. a1.", None, " b1. b3. b2. b3.").first_flaw
    assert flaw is not None
    assert (flaw.number, flaw.marks) == (2, (TokenMark.REORDERED,))
    assert count(" a1. a3.").first_flaw is None


PARTS = (" a1.", " a2.", " b1.", " b2.", "?", " z3.", None, "", " a3. a4. a4.")


@given(st.lists(st.sampled_from(PARTS), max_size=30))
def test_runs_of_tokens_unfold_to_the_same_tokens(parts: list[str | None]):
    """Whatever a client shows, a record holds every token of the ledger in its order."""
    tokens = count(*parts).tokens
    told = [(token.entry, token.generation, token.number, token.marks) for token in unfolded(folded(tokens))]
    assert told == [(token.entry, token.generation, token.number, token.marks) for token in tokens]


def test_an_answer_shown_in_one_way_is_one_run():
    """However many pieces a token came in, and however often one token came."""
    letter_by_letter = count(*" a1. a2. a3. a4.")
    assert [(run.entry, run.count, run.entry_step) for run in folded(letter_by_letter.tokens)] == [(4, 4, 4)]
    stuck = count(*[" a1."] * 50, claim=Claim.ERROR)
    assert [(run.number, run.count, run.number_step) for run in folded(stuck.tokens)] == [(1, 1, 1), (1, 49, 0)]
