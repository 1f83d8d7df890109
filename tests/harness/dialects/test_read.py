"""What events and whole answers mean to a strict reader, in each dialect."""

import json

import pytest

from ssedrill.dialects import find_dialect
from ssedrill.dialects.answer import AnswerEnded, AnswerFailed, AnswerStarted, AnswerStopped, AnswerText, Unreadable
from ssedrill.dialects.sse_decoder import SseEvent

ANT, OAI, EVS = "anthropic-messages", "openai-chat", "eventsource"


def said(dialect, event):
    """Return what an event says."""
    return find_dialect(dialect).read.read_event(event)


def whole_text(dialect, body):
    """Return the text of an answer without streaming."""
    return find_dialect(dialect).read.read_whole(body)


def delta(text):
    """Return an Anthropic delta's data."""
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


@pytest.mark.parametrize(
    ("dialect", "kind", "data", "expected"),
    [
        (ANT, "content_block_delta", delta("x"), (AnswerText("x"),)),
        (ANT, "message_start", {"type": "message_start", "message": {"id": "m"}}, (AnswerStarted("m"),)),
        (
            ANT,
            "message_delta",
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
            (AnswerStopped("end_turn"),),
        ),
        (ANT, "message_delta", {"type": "message_delta", "delta": {"stop_reason": None}}, ()),
        (ANT, "message_stop", {"type": "message_stop"}, (AnswerEnded(),)),
        (ANT, "ping", {"type": "ping"}, ()),
        (ANT, "news", {"type": "news"}, ()),
        (OAI, "message", {"choices": [{"delta": {"content": "x"}, "finish_reason": None}]}, (AnswerText("x"),)),
        (OAI, "message", {"choices": [{"delta": {}, "finish_reason": "stop"}]}, (AnswerStopped("stop"),)),
        (OAI, "message", {"choices": [], "usage": {}}, ()),
        (EVS, "message", {"text": "x"}, (AnswerText("x"),)),
        (EVS, "message", {"text": "x", "token": 7}, (AnswerText("x", 7),)),
        (EVS, "end", {}, (AnswerEnded(),)),
        (EVS, "other", {"text": "x"}, ()),
    ],
)
def test_meaning(dialect, kind, data, expected):
    """Each event says what its dialect means by it, and unknown ones say nothing."""
    assert said(dialect, SseEvent(kind, json.dumps(data))) == expected


def test_done_is_the_end():
    """The word that ends an OpenAI stream is no JSON."""
    assert said(OAI, SseEvent("message", "[DONE]")) == (AnswerEnded(),)


@pytest.mark.parametrize("dialect", [ANT, OAI, EVS])
def test_error_events(dialect):
    """An error inside a stream is one in every dialect."""
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    assert said(dialect, SseEvent("error", json.dumps(body))) == (AnswerFailed("overloaded_error", "busy", body),)


@pytest.mark.parametrize("dialect", [ANT, OAI, EVS])
@pytest.mark.parametrize("data", ['{"a":', '{"a":1}{"b":2}', "[1]", "null", '"x"', "{}", "NaN", "[" * 100_000])
def test_damage_is_a_broken_stream(dialect, data):
    """Data that is not what the dialect says is never taken for nothing."""
    with pytest.raises(Unreadable):
        said(dialect, SseEvent("message", data))


@pytest.mark.parametrize(
    ("dialect", "data"),
    [
        (ANT, delta(5)),
        (ANT, {"type": "content_block_delta"}),
        (ANT, {"type": 5}),
        (OAI, {"choices": [{"delta": {"content": 5}}]}),
        (OAI, {"choices": 5}),
        (OAI, {"choices": [5]}),
        (EVS, {"text": None}),
    ],
)
def test_wrong_types_are_a_broken_stream(dialect, data):
    """JSON of another form than the dialect's is damage too."""
    with pytest.raises(Unreadable):
        said(dialect, SseEvent("message", json.dumps(data)))


@pytest.mark.parametrize(
    ("dialect", "body", "text"),
    [
        (
            ANT,
            {"content": [{"type": "text", "text": "x"}, {"type": "tool_use"}, {"type": "text", "text": "y"}]},
            "xy",
        ),
        (OAI, {"choices": [{"message": {"content": "xy"}}]}, "xy"),
        (OAI, {"choices": [{"message": {"content": None}}]}, ""),
        (EVS, {"text": "xy"}, "xy"),
    ],
)
def test_whole_answers(dialect, body, text):
    """The text of an answer without streaming."""
    assert whole_text(dialect, json.dumps(body).encode()) == text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"content":[5]}'])
def test_whole_answers_that_are_damaged(body):
    """A whole answer that can't be understood is a failure."""
    for dialect in (ANT, OAI, EVS):
        with pytest.raises(Unreadable):
            whole_text(dialect, body)
