"""Requests beside the answer, a redirect, credentials and unaware requests: of journals that were made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssedrill.judging.attempts import asked_after
from support.journals import ALL_SHOWN, BROKEN, assessed, cut, done, healthy, left_at, measured, refused, whole_answer
from support.records import shown


def credentials(attempts):
    """Return what the check says of these requests; None if it is not asked."""
    record = assessed(attempts, done(shown(1, 20, 1.005)))
    return next(((check.status, check.got) for check in record.checks if check.id == "credentials"), None)


def with_headers(log, *headers):
    """Return an attempt with these headers."""
    log.headers = tuple(headers)
    return log


def test_all_of_the_text_without_its_end_is_recovered_from():
    """The fault struck behind the last token: whoever asks again has recovered, and not if nothing broke."""
    said = done(ALL_SHOWN, 1.2)
    assert assessed([cut(1, 0.0, after=20), refused(2, 1.0, status=200)], said, BROKEN).outcome == "recovered"
    assert assessed([healthy(1, 0.0), refused(2, 1.0, status=200)], said).outcome == "clean"


def test_the_end_of_the_text_says_which_request_was_the_answer():
    """Its beginning may have come from a stream, and its end from a whole answer."""
    said = done([*shown(1, 8, 0.005), *(replace(one, t=1.5) for one in shown(9, 20, 0.0, n=9))], 2.0)
    assert assessed([cut(1, 0.0), whole_answer(2, 1.0)], said, BROKEN).outcome == "degraded"
    assert assessed([left_at(healthy(1, 0.0), 0.04), whole_answer(2, 1.0)], said).outcome == "degraded"
    last = done([*ALL_SHOWN[:19], replace(ALL_SHOWN[19], t=1.5)], 2.0)
    assert assessed([left_at(healthy(1, 0.0), 0.095), whole_answer(2, 1.0)], last).outcome == "degraded"


def test_what_was_tried_after_the_answer_is_no_matter():
    """A client that has the whole answer may be refused, or be given it again."""
    after = [healthy(1, 0.0), refused(2, 1.0), healthy(3, 2.0)]
    assert assessed(after, done(ALL_SHOWN, 3.0)).outcome == "clean"
    assert assessed([healthy(1, 0.0), whole_answer(2, 1.0)], done(ALL_SHOWN, 3.0)).outcome == "clean"


def test_a_shaped_answer_that_came_in_full_is_no_failure():
    """Nor one that the client left if nothing was done to it; one that was shaped, and left, is."""
    shaped = healthy(1, 0.0)
    shaped.plan = replace(shaped.plan, faults=("drip",))
    said = done(shown(1, 20, 1.005))
    assert assessed([shaped, healthy(2, 1.0)], said).outcome == "clean"
    assert assessed([left_at(shaped, 0.03), healthy(2, 1.0)], said).outcome == "recovered"


@pytest.mark.parametrize("status", [299, 300, 399, 400])
def test_a_redirect_is_no_failure(status):
    """Those are the statuses from 300 to 399 (RFC 9110, 15.4)."""
    outcome = "clean" if 300 <= status <= 399 else "recovered"
    assert assessed([refused(1, 0.0, status=status), healthy(2, 1.0)], done(shown(1, 20, 1.005))).outcome == outcome


def test_credentials_are_not_asked_for_at_another_origin():
    """A redirect to one should lose them; what comes back here should have them."""
    key = ("authorization", "Bearer x")
    first, other, back = (
        with_headers(healthy(1, 0.0), key),
        with_headers(healthy(2, 0.5), ("accept", "*/*"), ("authorization", "Bearer of-the-other")),
        with_headers(healthy(3, 1.0)),
    )
    other.listener = 2
    assert credentials([first, other]) == ("ok", "kept")
    assert credentials([first, other, back]) == ("broken", "the request at 1.000 s has no authorization")


def test_credentials_are_not_for_another_origin():
    """Whoever hands them on has given them away, whatever comes later."""
    keys = ("authorization", "Bearer x"), ("x-api-key", "y")
    first, other, back = (with_headers(healthy(n, n / 2), *keys) for n in (1, 2, 3))
    other.listener = 2
    said = ("broken", "the request at 1.000 s hands authorization and x-api-key to another origin")
    assert credentials([first, other]) == said
    assert credentials([first, other, back]) == said
    first.listener, other.listener = 2, 1  # the first origin is the one that it was given, wherever it asks first
    assert credentials([first, other]) == (said[0], said[1].replace("1.000", "0.500"))


def test_credentials_are_carried_on_or_not():
    """Those of the first request, whatever else a request has; what a server gave is none of the client's."""
    key, other = ("authorization", "Bearer x"), ("accept", "*/*")
    first, second = healthy(1, 0.0), healthy(2, 1.0)
    kept = credentials([with_headers(first, key), with_headers(second, other, key)])
    assert kept == ("ok", "kept")
    dropped = credentials([with_headers(first, key, ("x-api-key", "y")), with_headers(second, other)])
    assert dropped == ("broken", "the request at 1.000 s has no authorization and no x-api-key")
    assert credentials([with_headers(first, ("cookie", "session=1")), with_headers(second)]) is None
    assert credentials([with_headers(first, other), with_headers(second, key)]) is None
    assert credentials([with_headers(healthy(1, 1.0), key)]) is None


def test_what_a_request_can_not_have_known_is_not_its_reason():
    """From the first operation on of which it was unaware; and none of an attempt that came after it."""
    answering, asked = cut(1, 0.0), replace(healthy(2, 0.04), unaware_of=((1, 5),))
    assert [asked_after(asked, answering, op, 0.04) for op in (4, 5, 6)] == [True, False, False]
    assert not asked_after(asked, answering, 4, 0.041), "it came before"
    assert not asked_after(answering, asked, 0, 0.0), "a lower number came first"
    assert asked_after(replace(asked, unaware_of=((7, 0),)), answering, 5, 0.04)


@pytest.mark.parametrize(("date", "asked_s"), [("Thu, 01 Jan 2026 00:00:02 GMT", 1.5), ("2", 2.0)])
def test_a_date_counts_from_the_request_and_seconds_from_the_answer(date, asked_s):
    """The head came half a second after the request."""
    log = refused(1, 0.0, status=429, wait_s=2.0)
    head = log.plan.ops[0]
    spelled = replace(head, data=head.data.replace(b": 2\r\n", f": {date}\r\n".encode()))
    log.plan = replace(log.plan, ops=(spelled, *log.plan.ops[1:]))
    for one in log.played:
        one.t = 0.5
    assert measured([log, healthy(2, 3.0)], done(shown(1, 20, 3.005))).numbers.retry_after.asked_s == asked_s


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer undefined", "Bearer y"])
def test_another_key_is_not_the_key(value):
    """A header of the right name that does not hold what the first one held lets nobody in."""
    first = with_headers(healthy(1, 0.0), ("authorization", "Bearer xyz"))
    second = with_headers(healthy(2, 1.0), ("authorization", value))
    said = ("broken", "the request at 1.000 s has not the key of the first in authorization")
    assert credentials([first, second]) == said
    assert credentials([first, with_headers(healthy(2, 1.0), ("authorization", "bearer xyz"))]) == ("ok", "kept")


def test_the_key_may_be_handed_on_in_other_ways():
    """Wherever in a request to another origin the server has found it."""
    first = with_headers(healthy(1, 0.0), ("authorization", "Bearer xyz"))
    other = with_headers(healthy(2, 1.0))
    other.listener, other.key_in = 2, ("the body",)
    assert credentials([first, other]) == (
        "broken",
        "the request at 1.000 s hands the key, in the body, to another origin",
    )
