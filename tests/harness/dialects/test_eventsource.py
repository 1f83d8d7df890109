"""The event source: ids, cursors, the end that stays the end."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ssedrill.dialects import find_dialect
from ssedrill.model.scenario import Stream
from support.answers import Event, body, compiled, events, head, request

NAME = "eventsource"


def after(cursor: str) -> list[Event]:
    """Return the events that a client with this cursor gets."""
    _, plan = compiled(NAME, asked=request(NAME, headers={"last-event-id": cursor}))
    return events(plan)


def test_the_bytes_of_a_stream():
    """The stream as it stands on the wire."""
    _, plan = compiled(NAME, Stream(tokens=2, retry_s=1.5, ping_every=2))
    assert body(plan).decode() == (
        "retry: 1500\n\n"
        'id: a-1\ndata: {"token":1,"text":" a1."}\n\n'
        ": ping\n\n"
        'id: a-2\ndata: {"token":2,"text":" a2."}\n\n'
        "id: a-end\nevent: end\ndata: {}\n\n"
    )


def test_a_cursor_gets_the_rest_of_its_own_generation():
    """A reconnect goes on after the last event that it has, in the old words."""
    ask, plan = compiled(NAME, asked=request(NAME, headers={"last-event-id": "c-3"}))
    assert (ask.kind, ask.generation, ask.after_token) == ("resume", "c", 3)
    assert [event.id for event in events(plan)] == ["c-4", "c-5", "c-end"]
    assert (plan.generation, plan.first_token) == ("c", 4)


def test_a_client_that_only_lacks_the_end_gets_the_end():
    """With every token but without the closing event, a client is told that this was all."""
    assert after("a-5") == [Event("end", "{}", "a-end")]
    assert after("a-99") == [Event("end", "{}", "a-end")]


def test_a_client_that_has_the_end_is_told_to_stay_away():
    """After the closing event a reconnect gets 204, with neither body nor framing headers."""
    ask, plan = compiled(NAME, asked=request(NAME, headers={"last-event-id": "a-end"}))
    assert ask.kind == "gone"
    assert head(plan) == "HTTP/1.1 204 No Content\r\nConnection: keep-alive"
    assert body(plan) == b""
    assert plan.generation == ""


@pytest.mark.parametrize("cursor", ["", "7", "a", "a-", "a-x", "A-1", "abcd-1", "a-1 ", "a-12345678", "ก-1", "a-٣"])
def test_a_foreign_cursor_starts_anew(cursor: str):
    """An id that this server never gave is no reason to refuse."""
    ask, _ = compiled(NAME, asked=request(NAME, headers={"last-event-id": cursor}))
    assert ask.kind == "stream"


def test_the_whole_answer_as_json():
    """A fallback without streaming is a matter of the Accept header."""
    ask, plan = compiled(NAME, asked=request(NAME, headers={"accept": "application/json"}))
    assert ask.kind == "whole"
    assert json.loads(body(plan)) == {"text": " a1. a2. a3. a4. a5.", "tokens": 5}
    assert (plan.generation, plan.first_token) == ("a", 1)
    assert f"Content-Length: {len(body(plan))}" in head(plan)


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream", "text/event-stream, application/json", ""])
def test_other_accepts_get_the_stream(accept: str):
    """A client that would take a stream gets one."""
    ask, _ = compiled(NAME, asked=request(NAME, headers={"accept": accept}))
    assert ask.kind == "stream"


def test_a_query_does_not_change_the_address():
    """A client may add parameters of its own."""
    ask, _ = compiled(NAME, asked=replace(request(NAME), path="/stream?prompt=x"))
    assert ask.kind == "stream"


def test_the_error_event():
    """An error in mid-stream is an event by the name of error."""
    frame = find_dialect(NAME).writer().error_frame("overloaded", "too much")
    assert frame.data == b'event: error\ndata: {"error":{"type":"overloaded","message":"too much"}}\n\n'
