"""The waits of the reference client: every spelling of Retry-After, and back-off."""

import json
import random

import httpx
import pytest

from ssedrill.clients.reference.backoff import CAP_S, FLOOR_S, asked_wait_s, backoff_s, wait_s

NOW = 784111777.0 - 5  # five seconds before Sun, 06 Nov 1994 08:49:37 GMT


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"retry-after": "2"}, {}, 2.0),
        ({"retry-after": " 1.5 "}, {}, 1.5),
        ({"retry-after": "0"}, {}, 0.0),
        ({"retry-after": "999999999"}, {}, 999999999.0),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, {}, 5.0),
        ({"retry-after": "Sunday, 06-Nov-94 08:49:37 GMT"}, {}, 5.0),
        ({"retry-after": "Sun Nov  6 08:49:37 1994"}, {}, 5.0),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:30 GMT"}, {}, 0.0),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT", "date": "Sun, 06 Nov 1994 08:49:30 GMT"}, {}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, {}, 1.5),
        ({}, {"retry_after": 3}, 3.0),
        ({}, {"error": {"retry_after": "2.5"}}, 2.5),
        ({"retry-after": "soon"}, {"retry_after": 4}, 4.0),
        ({"retry-after": "4"}, {"retry_after": 9}, 4.0),
        ({}, {}, None),
        ({"retry-after": "-1"}, {}, None),
        ({"retry-after": "nan"}, {}, None),
        ({"retry-after": "1e3"}, {}, None),
        ({"retry-after": ""}, {}, None),
        ({"retry-after": "soon"}, {"retry_after": True}, None),
        ({}, {"retry_after": None}, None),
        ({}, [1], None),
        ({}, {"error": {"message": "Quota exceeded. Please retry in 2.5s."}}, 2.5),
        ({}, {"error": {"message": "Try again in 2m30s, please"}}, 150.0),
        ({}, {"error": {"message": "try again in 1h", "retry_after": 4}}, 4.0),
        ({}, {"error": {"message": "retry in 500ms"}}, 0.5),
        ({}, {"error": {"message": "Please retry after 2 seconds."}}, 2.0),
        ({}, {"error": {"message": "retry in a moment"}}, None),
        ({}, {"error": "retry in 2s"}, 2.0),
    ],
)
def test_spellings(headers, body, expected):
    """Every legal form is understood, and what makes no sense is as if it were not there."""
    assert asked_wait_s(httpx.Headers(headers), json.dumps(body).encode(), NOW) == expected


def test_body_that_is_no_json():
    """An error page in HTML asks for nothing, but in words."""
    assert asked_wait_s(httpx.Headers(), b"Too many requests, try again in 3s", NOW) == 3.0
    assert asked_wait_s(httpx.Headers(), b"<html>retry_after: 5", NOW) is None


def test_backoff_grows_and_is_bounded():
    """The wait is above the floor, spread over a ceiling that doubles, and never above floor and cap."""
    rng = random.Random(1)
    waits = {n: [backoff_s(n, rng) for _ in range(200)] for n in (1, 2, 3, 10, 1000)}
    assert all(min(found) >= FLOOR_S for found in waits.values())
    assert FLOOR_S + 0.4 < max(waits[1]) <= FLOOR_S + 0.5 < max(waits[2]) <= FLOOR_S + 1.0 < max(waits[3])
    assert CAP_S * 0.9 < max(waits[10]) <= FLOOR_S + CAP_S
    assert max(waits[1000]) <= FLOOR_S + CAP_S


def test_stream_s_own_wish_is_a_floor():
    """A reconnection time that the stream asks for is kept, within reason."""
    assert backoff_s(1, random.Random(1), 3.0) >= 3.0
    assert backoff_s(1, random.Random(1), 1e9) < 200


def test_asked_wait_is_kept_but_never_undercuts_manners():
    """What was asked for is a lower bound, a little late at random; zero does not mean at once."""
    rng = random.Random(1)
    assert all(2.0 < wait_s(2.0, 0.4, rng) <= 2.25 for _ in range(100))
    assert wait_s(0.0, 0.4, rng) == 0.4
    assert wait_s(None, 0.4, rng) == 0.4
