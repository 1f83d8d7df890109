"""What the server itself repeats or leaves out: held against a client only where it could have known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.judging.servers_own import left_out, odd_ones, of_use
from ssedrill.model.record import Outcome, Record
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.token_mark import TokenMark
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill.running.job import Job
from ssedrill.running.judged import assess
from ssedrill_faults.plan import Role, Write
from support.journals import TOKENS, done, drilled, healthy, rest
from support.records import answer_ops, attempt, shown

DIALECTS = pytest.mark.parametrize("numbered", [True, False], ids=["numbered", "unnumbered"])


def judged(attempts: list[AttemptLog], entries: list[TokenEntry], numbered: bool) -> Record:
    """Judge a run of a dialect in which its client can tell what comes twice, or of another."""
    dialect = "eventsource" if numbered else "openai-chat"
    job = Job(drilled(), Client("subject", InProcess("none:none"), (dialect,)), dialect)
    if not numbered:
        for one in attempts:
            one.plan = replace(one.plan, says=())
    return assess(job, WireJournal([], attempts), TokenJournal(entries), 30.0, clock="virtual")


def marks(record: Record, number: int) -> list[tuple[TokenMark, ...]]:
    """Return the marks of every time that a token was shown, or was not."""
    return [token.marks for run in record.shown for token in run if token.number == number]


def reads(first: int, to: int, then: int) -> tuple[int, ...]:
    """Return the tokens that can be read: up to one, and from another on to the end."""
    return (*range(first, to + 1), *range(then, TOKENS + 1), 0)


def as_read(log: AttemptLog, *there: int) -> AttemptLog:
    """Return an answer of which these tokens can be read, each where its event ends; 0 is the terminal event."""
    ends: dict[int, list[int]] = {}
    size = 0
    for op in log.plan.ops:
        if isinstance(op, Write) and op.role is not Role.HEAD:
            size += len(op.content)
            for number in (0,) if op.role is Role.TERMINAL else op.tokens:
                ends.setdefault(number, []).append(size)
    at = tuple(ends[number].pop(0) if len(ends[number]) > 1 else ends[number][0] for number in there)
    log.plan = replace(log.plan, generation="a", first_token=1, reads=there, reads_at=at, says=there)
    return log


def with_token_twice(number: int = 5) -> AttemptLog:
    """Return an answer in which the server sends one token a second time."""
    ops = [*answer_ops(1, TOKENS)]
    at = next(i for i, op in enumerate(ops) if getattr(op, "tokens", ()) == (number,))
    log = attempt(1, 0.0, (*ops[: at + 1], ops[at], *ops[at + 1 :]))
    return as_read(log, *reads(1, number, number))


def without_token(number: int = 5) -> AttemptLog:
    """Return an answer of which the server leaves one token out."""
    log = attempt(1, 0.0, tuple(op for op in answer_ops(1, TOKENS) if getattr(op, "tokens", ()) != (number,)))
    return as_read(log, *reads(1, number - 1, number + 1))


def again(*numbers: int) -> list[TokenEntry]:
    """Return the showing of all tokens, with some of them shown a second time right behind the first."""
    order = sorted([*range(1, TOKENS + 1), *numbers])
    return done([TokenEntry(n, 1.0 + n / 100, "text", f" a{number}.") for n, number in enumerate(order, start=1)])


@DIALECTS
def test_who_shows_twice_what_came_twice(numbered: bool) -> None:
    """By its ids a client could have known it; without them it could not."""
    record = judged([with_token_twice()], again(5), numbered)
    assert marks(record, 5)[0] == (TokenMark.NEW,)
    if numbered:
        assert record.outcome is Outcome.DUPLICATED
        assert marks(record, 5)[1] == (TokenMark.DUPLICATE, TokenMark.REPEATED)
    else:
        assert record.outcome is Outcome.CLEAN
        assert marks(record, 5)[1] == (TokenMark.REPEATED,)
    assert record.numbers.duplicates == int(numbered)


@DIALECTS
def test_who_shows_more_than_came_twice(numbered: bool) -> None:
    """The server's one repetition excuses one, of that token only."""
    assert judged([with_token_twice()], again(5, 5), numbered).outcome is Outcome.DUPLICATED
    assert judged([with_token_twice()], again(6), numbered).outcome is Outcome.DUPLICATED
    assert judged([healthy(1, 0.0)], again(5), numbered).outcome is Outcome.DUPLICATED


@DIALECTS
def test_who_drops_what_came_twice(numbered: bool) -> None:
    """That is right in any dialect."""
    assert judged([with_token_twice()], again(), numbered).outcome is Outcome.CLEAN


@DIALECTS
def test_who_lacks_what_never_came(numbered: bool) -> None:
    """It is lost to who could have seen the hole; else it is the server's."""
    entries = [one for one in again() if one.text != " a5."]
    record = judged([without_token()], entries, numbered)
    assert record.outcome is (Outcome.TRUNCATED_SILENTLY if numbered else Outcome.CLEAN)
    assert marks(record, 5) == [(TokenMark.MISSING, TokenMark.LEFT_OUT) if numbered else (TokenMark.LEFT_OUT,)]
    assert record.numbers.lost == int(numbered)


@DIALECTS
def test_who_lacks_more_than_never_came(numbered: bool) -> None:
    """What was sent is the client's to show."""
    entries = [one for one in again() if one.text not in (" a5.", " a6.")]
    record = judged([without_token()], entries, numbered)
    assert record.outcome is Outcome.TRUNCATED_SILENTLY
    assert (TokenMark.MISSING,) in marks(record, 6)


@DIALECTS
def test_who_got_it_from_another_answer(numbered: bool) -> None:
    """A later answer had it: nothing is left out."""
    entries = done([*shown(1, 4, 1.0), *[replace(one, n=one.n + 4) for one in shown(5, TOKENS, 2.0)]])
    record = judged([without_token(), rest(2, 1.5, 5)], entries, numbered)
    assert marks(record, 5) == [(TokenMark.NEW,)]
    assert record.numbers.lost == 0


def test_what_was_over_before_is_of_no_use() -> None:
    """An attempt counts if it was asked for later, or had something written later; not if it wrote nothing."""
    early, late = healthy(1, 0.0), healthy(2, 5.0)
    ends = early.played[-1].t
    assert of_use([early, late], 0.0) == [early, late]
    assert of_use([early, late], ends) == [late]
    assert of_use([early, late], ends - 0.001) == [early, late]
    assert of_use([early, late], 5.0) == [late]
    at_once = replace(late, played=[replace(played, t=5.0) for played in late.played])
    assert of_use([at_once], 5.0) == [at_once]
    silent = replace(early, played=[])
    assert of_use([silent], 0.5) == []


@pytest.mark.parametrize(
    ("after", "read", "odd"),
    [
        (0, (1, 2, 2, 3, 0), {("a", 2, 2): 1}),
        (0, (1, 3, 2, 4), {("a", 3, 2): 1}),
        (1, (1, 2, 3), {("a", 1, 1): 1}),
        (3, (2, 3, 4), {("a", 3, 2): 1, ("a", 2, 3): 1}),
        (0, (1, 1, 1), {("a", 1, 1): 2}),
        (3, (4, 5, 0), {}),
    ],
)
def test_what_comes_out_of_order(after: int, read: tuple[int, ...], odd: dict) -> None:
    """What had come before, or should have, with the token that it came behind."""
    log = healthy(1, 0.0)
    log.plan = replace(log.plan, after=after, reads=read, reads_at=(0,) * len(read))
    for says, numbered in (((), False), (read, True)):
        log.plan = replace(log.plan, says=says)
        assert odd_ones([log], numbered=numbered) == {place: [numbered] * times for place, times in odd.items()}


def test_what_had_not_come_is_not_out_of_order() -> None:
    """An answer that was cut had not come to it."""
    log = with_token_twice(5)
    at = [i for i, op in enumerate(log.plan.ops) if getattr(op, "tokens", ()) == (5,)]
    assert odd_ones([log], numbered=False) == {("a", 5, 5): [True]}
    log.played = [played for played in log.played if played.op < at[1]]
    assert odd_ones([log], numbered=False) == {}


def test_who_was_told_another_number_can_not_know() -> None:
    """The event of what comes twice has a number that is new."""
    log = healthy(1, 0.0)
    log.plan = replace(log.plan, reads=(1, 2, 2, 4), reads_at=(0,) * 4, says=(1, 2, 3, 4))
    assert odd_ones([log], numbered=True) == {("a", 2, 2): [False]}
    log.plan = replace(log.plan, says=(1, 2, 0, 4))
    assert odd_ones([log], numbered=True) == {("a", 2, 2): [False]}


def gone(log: AttemptLog, wanted: list[int], generation: str = "a", *, numbered: bool = True) -> tuple[set, set]:
    """Return what the server left out, and what of it the client was told."""
    found = left_out([log], generation, wanted, numbered=numbered)
    return set(found.all), set(found.told)


def test_an_end_that_was_not_sent_leaves_nothing_out() -> None:
    """The last tokens are passed over only when the terminal event comes; the others, when a later one does."""
    log = without_token(TOKENS)
    assert gone(log, [TOKENS]) == ({TOKENS}, set())
    assert gone(log, [TOKENS], "b") == (set(), set())
    assert gone(log, [TOKENS], "") == ({TOKENS}, set())
    terminal = next(i for i, op in enumerate(log.plan.ops) if getattr(op, "role", None) == "terminal")
    cut = replace(log, played=[played for played in log.played if played.op < terminal])
    assert gone(cut, [TOKENS]) == (set(), set())
    hole = without_token(5)
    assert gone(hole, [4, 5, 6]) == ({5}, {5})
    later = next(i for i, op in enumerate(hole.plan.ops) if getattr(op, "tokens", ()) == (6,))
    before = replace(hole, played=[played for played in hole.played if played.op < later])
    assert gone(before, [5]) == (set(), set())
    hole.plan = replace(hole.plan, after=5)
    assert gone(hole, [5]) == (set(), set())


def test_a_hole_is_told_by_later_numbers_only() -> None:
    """Events without numbers, or with one for what is lacking, say nothing of it."""
    hole = without_token(5)
    hole.plan = replace(hole.plan, says=())
    assert gone(hole, [5]) == ({5}, set())
    hole.plan = replace(hole.plan, says=tuple(5 if number == 6 else number for number in hole.plan.reads))
    assert gone(hole, [5]) == ({5}, set())
