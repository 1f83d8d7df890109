"""How long the way back from a fault was and where the time went, and which waits were asked for: made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssedrill.judging.waits import Wait, waits_asked
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_journal import TokenEntry
from ssedrill.model.wire_journal import AttemptLog, Played, WireJournal
from ssedrill_faults.plan import Role, Write
from ssedrill_faults.plan import Wait as Pause
from support.journals import (
    ALL_SHOWN,
    BROKEN,
    assessed,
    cut,
    done,
    failed,
    healthy,
    left_at,
    measured,
    refused,
    rest,
)
from support.records import answer_ops, attempt, cut_after, shown

EIGHT = shown(1, 8, 0.005)


def entry(t: float, kind: str) -> TokenEntry:
    """Return something that a client said besides text."""
    return TokenEntry(99, t, kind)


def parts(*attempts: AttemptLog, said: object) -> tuple[float | None, ...]:
    """Return the whole way back and its parts."""
    way = measured(attempts, said, BROKEN).numbers.recovery
    return way.total_s, way.detect_s, way.wait_s, way.connect_s, way.first_token_s


# ---- recovery; ``cut(1, 0.0)`` is reset at 0.04


def test_the_parts_of_a_way_back():
    """The client notices, waits, asks; the first byte comes, then new text. The answering request counts."""
    second = rest(2, 1.0, 9)
    for played in second.played:
        played.t += 0.25
    said = [*EIGHT, entry(0.14, "retry"), *shown(9, 20, 1.5, n=10)]
    assert parts(cut(1, 0.0), second, said=done(said)) == (1.46, 0.1, 0.86, 0.25, 0.25)
    between = [cut(1, 0.0), refused(2, 0.5), second]
    second.number = 3
    assert parts(*between, said=done(said)) == (1.46, 0.1, 0.86, 0.25, 0.25)
    assert parts(*between, said=done([*EIGHT, *said[-12:]])) == (1.46, 0.46, 0.5, 0.25, 0.25)


def test_the_sentence_names_the_fault_that_the_time_is_of():
    """Here it is the second of two drops, which took longer to get over."""
    second = cut(2, 0.14, after=14)
    second.kind, second.plan = RequestKind.RESUME, replace(second.plan, first_token=9)
    third = rest(3, 1.0, 15)
    said = done([*EIGHT, *shown(9, 14, 0.19, n=10), *shown(15, 20, 1.1, n=20)])
    assert assessed([cut(1, 0.0), second, third], said, BROKEN).summary.startswith(
        "resumed at its cursor after reset at 210 ms, new text 890 ms after it"
    )


@pytest.mark.parametrize("kind", ["retry", "restart"])
def test_how_a_reaction_shows(kind):
    """By a word of the client's, by its leaving, or by its next request: whichever comes first after the fault."""
    news = shown(9, 20, 1.005, n=11)
    again = rest(2, 1.0, 9)
    assert parts(cut(1, 0.0), again, said=done([*EIGHT, *news]))[1] == 0.96
    assert parts(cut(1, 0.0), again, said=done([*EIGHT, entry(0.54, kind), *news]))[1] == 0.5
    gone = cut(1, 0.0)
    gone.left_t = 0.24
    assert parts(gone, again, said=done([*EIGHT, entry(0.54, kind), *news]))[1] == 0.2
    gone.left_t = 0.04
    assert parts(gone, again, said=done([*EIGHT, *news]))[1] == 0.0, "at the very moment"
    gone.left_t = 0.02
    assert parts(gone, again, said=done([*EIGHT, *news]))[1] == 0.96, "before the fault is no reaction to it"


def test_the_worst_of_two_drops_is_measured_by_itself():
    """The reaction to the first is none to the second."""
    ops = cut_after(answer_ops(9, 20), 12, cut(1, 0.0).plan.ops[-1])
    second = attempt(2, 1.0, ops, fault="reset")
    second.plan, second.kind = replace(second.plan, generation="a", first_token=9), RequestKind.RESUME
    said = [*EIGHT, entry(0.05, "retry"), *shown(9, 12, 1.005, n=10), entry(1.12, "retry")]
    said += shown(13, 20, 5.005, n=20)
    first = cut(1, 0.0)
    first.left_t = 0.045
    assert parts(first, second, rest(3, 5.0, 13), said=done(said)) == (3.985, 0.1, 3.88, 0.0, 0.005)
    soon = [*said[:14], *shown(13, 20, 1.205, n=20)]
    assert parts(first, second, rest(3, 1.2, 13), said=done(soon))[0] == 0.965


def test_a_word_at_the_moment_of_the_fault_is_a_reaction():
    """On a clock on which many things happen at one moment."""
    said = [*EIGHT, entry(0.04, "retry"), *shown(9, 20, 1.005, n=10)]
    assert parts(cut(1, 0.0), rest(2, 1.0, 9), said=done(said))[1:3] == (0.0, 0.96)
    assert parts(cut(1, 0.0), rest(2, 0.04, 9), said=done(said))[1:3] == (0.0, 0.0)


def test_a_request_at_the_moment_of_new_text_may_have_brought_it():
    """So may not the faulted request itself, whose fault struck at the moment at which it was made."""
    second = rest(2, 1.0, 9)
    for played in second.played:
        played.t = 1.0
    said = [*EIGHT, TokenEntry(9, 1.0, "text", " a9. a10.")]
    assert parts(cut(1, 0.0), second, said=done(said)) == (0.96, 0.96, 0.0, 0.0, 0.0)
    log = attempt(1, 0.0, (Pause(2.0, "stall"), *answer_ops(1, 20)), fault="stall")
    log.plan = replace(log.plan, generation="a", first_token=1)
    news = [replace(one, t=2.0050024) for one in ALL_SHOWN]
    assert parts(log, said=done(news)) == (2.005002, None, None, None, None)


def test_only_faults_that_broke_the_answer_and_count_need_a_way_back():
    """Not one that only reshaped it, nor one that the client never saw, or whose answer nobody was shown."""
    said = done(ALL_SHOWN)
    ops = tuple(replace(op, fault="fragment") if i == 5 else op for i, op in enumerate(healthy(1, 0.0).plan.ops))
    shaped = healthy(1, 0.0)
    shaped.plan = replace(shaped.plan, ops=ops, faults=("fragment",))
    assert measured([shaped], said, BROKEN).faults[0].counts
    assert parts(shaped, said=said)[0] is None
    unread = cut(1, 0.0)
    for played in unread.played:
        played.read = played.t < 0.04
    assert parts(unread, rest(2, 1.0, 9), said=done([*EIGHT, *shown(9, 20, 1.005, n=9)]))[0] is None
    bystander = cut(2, 0.0, generation="b")
    assert parts(healthy(1, 0.0), bystander, said=said)[0] is None


def test_what_was_on_its_way_is_not_new():
    """A token that had been written before the fault may well be shown after it, and proves nothing."""
    said = [*shown(1, 4, 0.005), *shown(5, 8, 0.5, n=5), *shown(9, 20, 1.005, n=9)]
    assert parts(cut(1, 0.0), rest(2, 1.0, 9), said=done(said))[0] == 0.965
    assert parts(cut(1, 0.0), said=failed(said[:8], 1.0)) == (None,) * 5


def test_the_same_answer_may_go_on():
    """After a pause, or a fault that the client never noticed, there are no parts."""
    ops = [*answer_ops(1, 20)]
    at = next(i for i, op in enumerate(ops) if isinstance(op, Write) and 9 in op.tokens)
    ops.insert(at, Pause(2.0, "stall"))
    log = attempt(1, 0.0, tuple(ops), fault="stall")
    log.plan = replace(log.plan, generation="a", first_token=1)
    said = done([*EIGHT, *shown(9, 20, 2.045, n=9)])
    assert parts(log, said=said) == (2.0, None, None, None, None)
    before = healthy(2, 0.01, generation="a")
    assert parts(log, before, said=said)[1:] == (None,) * 4, "asked for before the fault"


def test_the_first_byte_is_never_later_than_new_text():
    """If the answering request is one whose text was not what was shown."""
    late = rest(3, 1.0, 9)
    for played in late.played:
        played.t += 1.0
    said = done([*EIGHT, *shown(9, 20, 1.5, n=9)])
    assert parts(cut(1, 0.0), rest(2, 0.5, 9), late, said=said) == (1.46, 0.46, 0.5, 0.5, 0.0)
    late.played = []
    assert parts(cut(1, 0.0), rest(2, 0.5, 9), late, said=said)[3:] == (0.0, 0.5)


def test_a_way_back_is_measured_in_microseconds():
    """Like every other time."""
    second = rest(2, 1.0000034, 9)
    for played in second.played:
        played.t = 1.0000087
    said = [*EIGHT, entry(0.0500023, "retry"), *(replace(one, t=1.0100041) for one in shown(9, 20, 1.01, n=10))]
    assert parts(cut(1, 0.0), second, said=done(said)) == (0.970004, 0.010002, 0.950001, 0.000005, 0.009995)


# ---- waits


def asked(*attempts: AttemptLog) -> list[tuple[float, float | None]]:
    """Return the waits as pairs: how long was asked for, and how long the client waited."""
    waits = waits_asked(WireJournal([], [*attempts]))
    return [(wait.asked_s, wait.waited_s and round(wait.waited_s, 6)) for wait in waits]


def test_a_wait_is_kept_or_broken_by_the_next_request():
    """The next after the answer, whichever attempt that is; one at the same moment is the next."""
    busy = refused(1, 0.5, status=429, wait_s=2.0)
    assert asked(busy) == [(2.0, None)]
    assert asked(busy, healthy(2, 1.0), healthy(3, 4.0)) == [(2.0, 0.5)]
    assert asked(healthy(2, 0.4), busy, healthy(3, 3.5)) == [(2.0, 3.0)]
    assert asked(busy, healthy(2, 0.5)) == [(2.0, 0.0)]
    assert waits_asked(WireJournal([], [busy])) == [Wait(2.0, None)]
    stray = healthy(2, 1.0)
    stray.kind = RequestKind.UNKNOWN
    assert asked(busy, stray) == [(2.0, None)]


def test_waits_stand_in_the_numbers():
    """The longest that was asked for; the most by which one was exceeded, and by which one was cut short."""
    waits = [refused(1, 0.0, wait_s=1.0), refused(2, 3.0, wait_s=2.0), healthy(3, 4.5)]
    run = measured(waits, failed([], 9.0))
    assert (run.numbers.retry_after.asked_s, run.numbers.retry_after.waited_s) == (2.0, 1.5)
    assert (run.overslept_s, run.broke_retry_after_s) == (2.0, 0.5)
    last = measured(waits[:2], failed([], 9.0))
    assert (last.numbers.retry_after.asked_s, last.numbers.retry_after.waited_s) == (2.0, None)
    assert (last.overslept_s, last.broke_retry_after_s) == (2.0, -2.0)
    none = measured([healthy(1, 0.0)], failed([], 9.0))
    assert (none.numbers.retry_after.asked_s, none.overslept_s, none.broke_retry_after_s) == (None, None, None)


def test_a_wait_in_the_head_counts_from_the_head():
    """Its body may come much later, or never."""
    busy = refused(1, 0.0, status=429, wait_s=2.0)
    busy.played[1].t = 1.0
    assert asked(busy, healthy(2, 2.0)) == [(2.0, 2.0)]
    busy.played = busy.played[:1]
    assert asked(busy, healthy(2, 2.0)) == [(2.0, 2.0)]
    busy.played = []
    assert asked(busy, healthy(2, 2.0)) == []


def test_a_head_in_two_pieces_asks_when_the_second_is_there():
    """Before that it is no head."""
    busy = refused(1, 0.0, status=429, wait_s=2.0)
    head, body = busy.plan.ops
    at = head.data.index(b"Content-Length")  # behind the header that asks for the wait
    pieces = (replace(head, data=head.data[:at]), replace(head, data=head.data[at:]), body)
    busy.plan = replace(busy.plan, ops=pieces)
    busy.played = [Played(0.1, 0, 30), Played(0.5, 1, len(head.data)), Played(0.9, 2, 200)]
    assert asked(busy, healthy(2, 2.0)) == [(2.0, 1.5)]
    busy.played = busy.played[:1]
    assert asked(busy, healthy(2, 2.0)) == []


def in_body(data: bytes) -> AttemptLog:
    """Return an answer that asks for two seconds in its body alone, which comes in three pieces, the last at 1 s."""
    busy = refused(1, 0.0, status=429, said=data)
    head, body = busy.plan.ops
    half = len(data) // 2
    ops = (head, *(replace(body, data=part) for part in (data[:1], data[1:half], data[half:])))
    busy.plan = replace(busy.plan, ops=ops, retry_after_s=2.0)
    busy.played = [Played(t, i, 0) for i, t in enumerate((0.0, 0.25, 0.5, 1.0))]
    return busy


def test_a_wait_in_the_body_counts_from_its_end():
    """If it can be read: half of a JSON document asks for nothing."""
    whole = in_body(b'{"retry_after": 2}')
    assert asked(whole, healthy(2, 2.0)) == [(2.0, 1.0)]
    whole.played = whole.played[:3]
    assert asked(whole, healthy(2, 2.0)) == []
    assert asked(in_body(b"[" * 100_000), healthy(2, 2.0)) == []
    busy = in_body(b'{"retry_after": 2}')
    busy.plan = replace(busy.plan, retry_after_s=None)
    assert asked(busy, healthy(2, 2.0)) == []


def stream(data: bytes, *, status: int = 200, terminal: bool = False) -> AttemptLog:
    """Return a stream of these bytes, half of them at 0.5 s and half at 1 s; then it was cut."""
    log = cut(1, 0.0)
    half = len(data) // 2
    role = Role.TERMINAL if terminal else Role.START
    ops = (log.plan.ops[0], Write(data[:half], Role.START), Write(data[half:], role, events=(1,)), log.plan.ops[-1])
    log.plan = replace(log.plan, ops=ops, status=status)
    log.played = [Played(t, i, 0) for i, t in enumerate((0.0, 0.5, 1.0, 1.25))]
    return log


@pytest.mark.parametrize(
    ("data", "asked_s"),
    [
        (b"retry: 1500\n\ndata: x\n\n", 1.5),
        (b"retry:1500\r\n\r\n", 1.5),
        (b"retry: 1500\r\r", 1.5),
        (b"\xef\xbb\xbfretry: 1500\n\n", 1.5),
        (b"retry: 1\nretry: 2000\nid: 1\n\n", 2.0),
        (b"retry: 1000\n\nretry: 2000\n\n", 2.0),
        (b"retry: 1000\n\nretry: 2000\n", 1.0),
        (b"retry: 1500\n", None),
        (b"retry: 1500\n\n" b"retry: soon\n\n", 1.5),
        (b"retry: \n\n", None),
        (b"retry:  15\n\n", None),
        (b"data: retry: 1500\n\n", None),
        (b"retry: " + b"9" * 12 + b"\n\n", 999_999_999.999),
        (b"retry: " + b"9" * 13 + b"\n\n", None),
    ],
)
def test_a_stream_asks_for_a_reconnection_time(data, asked_s):
    """As a browser reads it: the last one of a block that is over, from the end of the connection."""
    assert asked(stream(data), healthy(2, 3.25)) == ([] if asked_s is None else [(asked_s, 2.0)])


def test_there_is_no_reconnecting_from_a_stream_that_is_complete():
    """Nor from an answer that is no stream; nor does a client know of what it has not read."""
    data = b"retry: 1500\n\ndata: x\n\n"
    assert asked(stream(data, terminal=True), healthy(2, 3.25)) == []
    assert asked(stream(data, status=503), healthy(2, 3.25)) == []
    unread = stream(data)
    unread.played[1].read = False
    assert asked(unread, healthy(2, 3.25)) == []
    unread.played[1].read, unread.played[2].read = True, False
    assert asked(unread, healthy(2, 3.25)) == []
    left = left_at(stream(b"retry: 1500\n\n" + b"data: x\n\n" * 3), 1.1)
    assert asked(left, healthy(2, 3.1)) == [(1.5, 2.0)]
