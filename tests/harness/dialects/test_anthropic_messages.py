"""Anthropic's Messages API: order of events and keys, and its SDK's own opinion."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from ssedrill.dialects import find_dialect
from ssedrill.model.scenario import Stream
from support.answers import body, compiled, events, head, request, spelled

NAME = "anthropic-messages"
CREATION = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
COUNTS = {"input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
USAGE = {**COUNTS, "cache_creation": CREATION, "output_tokens": 0, "service_tier": "", "inference_geo": ""}
STOP = {"stop_reason": None, "stop_sequence": None, "stop_details": None}
MESSAGE = {"model": "", "id": "", "type": "", "role": "", "content": [], **STOP, "usage": USAGE}


def test_events_and_keys_stand_in_the_providers_order():
    """Every event has its name and its keys in the order of the real wire."""
    _, plan = compiled(NAME, Stream(tokens=1))
    block = {"type": "text", "text": ""}
    expected = [
        {"type": "message_start", "message": MESSAGE},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "ping"},
        {"type": "content_block_delta", "index": 0, "delta": block},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": STOP, "usage": {**COUNTS, "output_tokens": 0}},
        {"type": "message_stop"},
    ]
    found = events(plan)
    assert [event.type for event in found] == [event["type"] for event in expected]
    assert [json.loads(event.data)["type"] for event in found] == [event["type"] for event in expected]
    assert [spelled(json.loads(event.data)) for event in found] == [spelled(event) for event in expected]


def test_spelling_is_the_providers():
    """JSON is compact and raw UTF-8, but for the ping, which has its space."""
    _, plan = compiled(NAME, Stream(tokens=1, text="thai"))
    assert b'event: ping\ndata: {"type": "ping"}\n\n' in body(plan)
    delta = 'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" a1ภาษาไทย."}}\n\n'
    assert delta.encode() in body(plan)


def test_usage_and_stop_reason_are_told_at_the_end():
    """The closing events say why the answer ended and how many tokens this answer had."""
    cut = [{"role": "assistant", "content": " a1. a2."}]
    for asked, tokens in ((request(NAME), 5), (request(NAME, messages=cut), 3)):
        _, plan = compiled(NAME, asked=asked)
        told = json.loads(events(plan)[-2].data)
        assert told["delta"]["stop_reason"] == "end_turn"
        assert told["usage"]["output_tokens"] == tokens


def test_the_sdk_reads_every_event():
    """Each event but the ping is one of the SDK's own types."""
    types = pytest.importorskip("anthropic.types")
    adapter = TypeAdapter(types.RawMessageStreamEvent)
    _, plan = compiled(NAME, Stream(tokens=3, text="hostile"))
    parsed = [adapter.validate_json(event.data) for event in events(plan) if event.type != "ping"]
    assert isinstance(parsed[0], types.RawMessageStartEvent)
    assert isinstance(parsed[-1], types.RawMessageStopEvent)
    texts = [event.delta.text for event in parsed if isinstance(event, types.RawContentBlockDeltaEvent)]
    assert texts == [" a1\\.", " a2\n.", " a3\u2028x\u2029."]


@pytest.mark.parametrize("stream", [False, None, "yes"])
def test_without_streaming_the_message_comes_whole(stream: object):
    """The non-streaming answer is the SDK's Message, and only true asks for a stream."""
    types = pytest.importorskip("anthropic.types")
    ask, plan = compiled(NAME, asked=request(NAME, stream=stream))
    assert ask.kind == "whole"
    message = types.Message.model_validate_json(body(plan))
    assert message.content[0].text == " a1. a2. a3. a4. a5."
    assert (message.stop_reason, message.usage.output_tokens) == ("end_turn", 5)
    content = [{"type": "", "text": ""}]
    assert spelled(json.loads(body(plan))) == spelled({**MESSAGE, "content": content})


def test_a_continuation_with_nothing_left_is_an_empty_message():
    """An answer that was complete is continued with no text, and ends properly."""
    done = [{"role": "assistant", "content": " a4. a5."}]
    _, plan = compiled(NAME, asked=request(NAME, messages=done))
    assert [event.type for event in events(plan)][-1] == "message_stop"
    assert "content_block_delta" not in body(plan).decode()
    _, plan = compiled(NAME, asked=request(NAME, messages=done, stream=False))
    assert json.loads(body(plan))["content"] == []


def test_ids_come_from_the_generation_alone():
    """The same generation has the same message id wherever it is served; another has another."""
    first, again = (compiled(NAME, Stream(tokens=n))[1] for n in (1, 2))
    other = request(NAME, messages=[{"role": "assistant", "content": " b1."}])
    ids = [
        json.loads(events(plan)[0].data)["message"]["id"] for plan in (first, again, compiled(NAME, asked=other)[1])
    ]
    assert ids[0] == ids[1] != ids[2]
    assert all(len(id_) == 28 and id_.startswith("msg_01") for id_ in ids)
    assert "\r\nrequest-id: req_01" in head(first)


@pytest.mark.parametrize("path", ["/v1/messages?beta=true", "/messages"])
def test_paths_of_base_urls_with_and_without_a_version(path: str):
    """A client may be given the base URL either way, and may ask for beta features."""
    ask, _ = compiled(NAME, asked=replace(request(NAME), path=path))
    assert ask.kind == "stream"


@pytest.mark.parametrize("kind", ["overloaded", "overloaded_error"])
def test_the_error_event(kind: str):
    """An error in mid-stream is an event of its own, in the form that its bodies have."""
    frame = find_dialect(NAME).writer().error_frame(kind, "Overloaded")
    error = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    assert frame.data.decode() == f"event: error\ndata: {error}\n\n"


@pytest.mark.parametrize(
    ("status", "type_"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "api_error"),
        (529, "overloaded_error"),
    ],
)
def test_error_types_by_status(status: int, type_: str):
    """An error body names the kind that the provider has for the status, and the request."""
    error = json.loads(find_dialect(NAME).writer().error_body(status, "no", None))
    assert spelled(error) == spelled({"type": "", "error": {"type": "", "message": ""}, "request_id": ""})
    assert (error["type"], error["error"]["type"]) == ("error", type_)
