"""Which word is said of a run, and how a client got over its drop: of journals that were made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_journal import TokenEntry
from ssedrill_faults.plan import CloseOnAccept
from support.journals import (
    ALL_SHOWN,
    BROKEN,
    HEALTHY,
    RESET,
    assessed,
    cut,
    done,
    door,
    drilled,
    failed,
    healthy,
    left_at,
    refused,
    rest,
    whole_answer,
)
from support.records import shown

RESTART = TokenEntry(9, 0.05, "restart")


def texts(*texts: str, t: float = 0.2) -> list[TokenEntry]:
    """Return the entries of a client that shows these pieces when all of a healthy answer is there."""
    return [TokenEntry(n, t, "text", text) for n, text in enumerate(texts, start=1)]


def span(first: int, last: int, generation: str = "a") -> str:
    """Return these tokens as text."""
    return "".join(f" {generation}{number}." for number in range(first, last + 1))


# ---- what was claimed


def test_an_answer_in_one_request_is_clean():
    """So it is in two that were answered in full: nothing went wrong."""
    assert assessed([healthy(1, 0.0)], done(ALL_SHOWN)).outcome == "clean"
    twice = [healthy(1, 0.0), healthy(2, 1.0)]
    assert assessed(twice, done(shown(1, 20, 1.005))).outcome == "clean"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (span(1, 20), "clean"),
        (span(1, 20) + span(20, 20), "duplicated"),
        (span(1, 19), "truncated-silently"),
        (span(1, 19) + span(3, 3), "truncated-silently"),
        (span(1, 18) + span(20, 20) + span(19, 19), "corrupted"),
        (span(1, 17) + span(20, 20) + span(19, 19), "truncated-silently"),
        (span(1, 19) + " a20?.", "corrupted"),
        (span(1, 18) + " a20?.", "corrupted"),
        (span(1, 10) + span(11, 20, "b"), "spliced"),
        (span(1, 10) + span(12, 20, "b"), "spliced"),
    ],
)
def test_what_was_called_complete(text, outcome):
    """Spliced before corrupted, corrupted before truncated, truncated before duplicated; reordered is corrupted."""
    served = [healthy(1, 0.0), healthy(2, 0.0, generation="b")]
    assert assessed(served, done(texts(text))).outcome == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", "failed-loudly"),
        (span(1, 8), "failed-loudly"),
        (span(2, 8), "failed-dirty"),
        (span(1, 3) + span(5, 8), "failed-dirty"),
        (span(1, 8) + span(8, 8), "failed-dirty"),
    ],
)
def test_what_was_raised(text, outcome):
    """An error is loud if all that was shown before it is the beginning of the answer."""
    assert assessed([cut(1, 0.0)], failed(texts(text), 0.3), BROKEN).outcome == outcome


def test_a_client_that_said_nothing():
    """It hung, or died; or asked more often than it may, which is looping: a request more, not as many."""
    two = drilled(max_requests=2)
    assert assessed([healthy(1, 0.0)], ALL_SHOWN).outcome == "hung"
    assert assessed([healthy(1, 0.0)], ALL_SHOWN, crashed="signal 11").outcome == "crashed"
    again = [healthy(n, n / 10) for n in (1, 2, 3)]
    assert assessed(again[:2], [], two).outcome == "hung"
    assert assessed(again, [], two, crashed="signal 11").outcome == "looping"


def test_a_client_that_says_it_cannot_do_this():
    """Before any fault that is an answer, whatever else became of the run."""
    said = [TokenEntry(1, 0.0, "unsupported", "no such thing")]
    for attempts in ([], [healthy(1, 0.0)]):
        record = assessed(attempts, said, BROKEN)
        assert (record.outcome, record.verdict, record.summary) == ("unsupported", "unsupported", "no such thing")


def test_doors_count_among_the_requests_of_a_client_that_loops():
    """It was turned away three times where it may ask twice."""
    doors = [door(n, n / 10, CloseOnAccept(False)) for n in (1, 2, 3)]
    assert assessed(doors, [], drilled(RESET, max_requests=2)).outcome == "looping"


# ---- output that was not kept


def test_what_was_not_kept_decides_nothing():
    """A flaw that was seen stays one; that there was none can't be known of half of what was said."""
    clean = assessed([healthy(1, 0.0)], done(ALL_SHOWN), unkept_bytes=7)
    assert (clean.outcome, clean.verdict) == ("not-tested", "not-tested")
    assert "7 bytes of the client's output" in clean.summary
    twice = assessed([healthy(1, 0.0)], done(texts(span(1, 20) + span(2, 2))), unkept_bytes=7)
    assert (twice.outcome, twice.verdict) == ("duplicated", "fail")


@pytest.mark.parametrize("claim", ["nothing", "part"])
def test_what_only_the_whole_output_can_show(claim):
    """A loud failure and a truncated answer may have been dirty, or whole, in what was lost."""
    said = failed(shown(1, 8, 0.005), 0.3) if claim == "nothing" else done(shown(1, 8, 0.005))
    assert assessed([cut(1, 0.0)], said, BROKEN, unkept_bytes=1).outcome == "not-tested"


# ---- tries


def test_a_try_that_was_not_answered_in_full_makes_it_a_recovery():
    """A breaking fault, a status, or that the client left a faulted one, each alone; whichever of the tries it is."""
    faulted = healthy(1, 0.0)
    faulted.plan = replace(faulted.plan, faults=("duplicate_event",), breaking=("duplicate_event",))
    given_up = left_at(healthy(1, 0.0), 0.03)
    given_up.plan = replace(given_up.plan, faults=("drip",))
    for first in (faulted, refused(1, 0.0), given_up):
        record = assessed([first, healthy(2, 1.0)], done(shown(1, 20, 1.005)))
        assert record.outcome == "recovered"
    middle = [healthy(1, 0.0), given_up, healthy(3, 2.0)]
    assert assessed(middle, done(shown(1, 20, 2.005))).outcome == "recovered"
    for_no_reason = left_at(healthy(1, 0.0), 0.03)
    assert assessed([for_no_reason, healthy(2, 1.0)], done(shown(1, 20, 1.005))).outcome == "clean"
    assert assessed([healthy(1, 0.0), left_at(healthy(2, 1.0), 1.03)], done(ALL_SHOWN)).outcome == "clean"


def test_a_door_is_a_try():
    """Who was turned away and came back has recovered."""
    record = assessed([door(1, 0.0, CloseOnAccept(False)), healthy(2, 1.0)], done(shown(1, 20, 1.005)))
    assert (record.outcome, record.recovered_by) == ("recovered", "retried")


def test_what_asks_for_no_answer_is_no_try():
    """A request that nobody understands, or one behind the end of an event source, changes nothing."""
    stray = refused(1, 0.0, status=404)
    stray.kind = RequestKind.UNKNOWN
    assert assessed([stray, healthy(2, 0.1)], done(shown(1, 20, 0.105))).outcome == "clean"
    gone = refused(2, 1.0, status=204)
    gone.kind = RequestKind.GONE
    assert assessed([healthy(1, 0.0), gone], done(ALL_SHOWN)).outcome == "clean"
    assert assessed([whole_answer(1, 0.0), gone], done(texts(span(1, 20)))).outcome == "degraded"


def test_a_whole_answer_at_the_end_is_degraded():
    """Whatever was tried before; one that was asked for on the way is not."""
    last = [cut(1, 0.0), refused(2, 0.5), whole_answer(3, 1.0)]
    assert assessed(last, done(texts(span(1, 20), t=1.1)), BROKEN).outcome == "degraded"
    between = [left_at(healthy(1, 0.0), 0.0), whole_answer(2, 0.5, ends=()), healthy(3, 1.0)]
    assert assessed(between, done(shown(1, 20, 1.005))).outcome == "clean"


# ---- how


def test_the_rest_is_asked_for_by_cursor_or_by_the_partial_answer():
    """The request that was answered says it."""
    said = done([*shown(1, 8, 0.005), *shown(9, 20, 1.005, n=9)])
    for kind, how in ((RequestKind.RESUME, "resumed"), (RequestKind.CONTINUE, "continued")):
        record = assessed([cut(1, 0.0), rest(2, 1.0, 9, kind=kind)], said, BROKEN)
        assert (record.outcome, record.recovered_by) == ("recovered", how)


def test_who_begins_anew_has_restarted_held_back_or_retried():
    """It took shown text back or shows only what is new; or had shown nothing of what it was sent; or had nothing."""
    again = [cut(1, 0.0), healthy(2, 1.0)]
    withdrew = done([*shown(1, 8, 0.005), RESTART, *shown(1, 20, 1.005, n=10)])
    only_new = done([*shown(1, 8, 0.005), *shown(9, 20, 1.045, n=9)])
    held = done(shown(1, 20, 1.005))
    for said, how in ((withdrew, "restarted"), (only_new, "restarted"), (held, "held-back")):
        record = assessed(again, said, BROKEN)
        assert (record.outcome, record.recovered_by) == ("recovered", how)
    record = assessed([refused(1, 0.0, fault="status"), healthy(2, 1.0)], held, BROKEN)
    assert (record.outcome, record.recovered_by) == ("recovered", "retried")


def test_text_withdrawn_after_the_new_request_is_a_restart():
    """It had all been shown since that request was made, and was taken back."""
    first = cut(1, 0.0)
    said = [*shown(1, 8, 1.0), TokenEntry(9, 1.0, "restart"), *shown(1, 20, 1.005, n=10)]
    record = assessed([first, healthy(2, 1.0)], done(said), BROKEN)
    assert (record.outcome, record.recovered_by) == ("recovered", "restarted")


def test_text_of_the_moment_of_the_new_request_was_not_shown_before_it():
    """On a clock on which many things happen at one moment: it may as well be the new answer's."""
    second = healthy(2, 1.0)
    for played in second.played:
        played.t = 1.0
    said = done(texts(span(1, 20), t=1.0))
    assert assessed([cut(1, 0.0), second], said, BROKEN).recovered_by == "held-back"


def test_only_a_recovery_has_a_way():
    """Neither a clean run nor a failed one has."""
    assert assessed([healthy(1, 0.0)], done(ALL_SHOWN), HEALTHY).recovered_by is None
    last = [cut(1, 0.0), cut(2, 1.0)]
    assert assessed(last, failed(shown(1, 8, 0.005), 1.1), BROKEN).recovered_by is None
