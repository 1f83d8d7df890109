"""OpenAI's Chat Completions API: order of chunks and keys, and its SDK's own opinion."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ssedrill.dialects import find_dialect
from ssedrill.dialects.exchange import Request
from ssedrill.model.scenario import Stream
from support.answers import body, compiled, events, request, spelled

NAME = "openai-chat"
START = {"id": "", "object": "", "created": 0, "model": "", "service_tier": "", "system_fingerprint": ""}
USAGE = {
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "total_tokens": 0,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}


def chunk(delta: dict[str, Any]) -> dict[str, Any]:
    """Return the shape of a chunk with this delta."""
    return {**START, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}]}


def with_usage() -> Request:
    """Return a request that wants to be told its usage."""
    return request(NAME, stream_options={"include_usage": True})


def test_chunks_and_keys_stand_in_the_providers_order():
    """Role, content, finish reason, [DONE], with the keys in the order of the real wire."""
    _, plan = compiled(NAME, Stream(tokens=1))
    *chunks, done = (event.data for event in events(plan))
    role = {"role": "", "content": "", "refusal": None}
    assert [spelled(json.loads(data)) for data in chunks] == [
        spelled(chunk(delta)) for delta in (role, {"content": ""}, {})
    ]
    assert done == "[DONE]"
    assert [json.loads(data)["choices"][0]["finish_reason"] for data in chunks] == [None, None, "stop"]


def test_usage_comes_only_where_it_is_wanted():
    """Asked for, usage is null in every chunk and told in one more; not asked for, there is no such key."""
    _, plan = compiled(NAME, asked=with_usage())
    *chunks, told, _ = (event.data for event in events(plan))
    assert all(json.loads(data)["usage"] is None for data in chunks)
    assert spelled(json.loads(told)) == spelled({**START, "choices": [], "usage": USAGE})
    assert json.loads(told)["usage"]["completion_tokens"] == 5
    _, plan = compiled(NAME)
    assert b"usage" not in body(plan)


@pytest.mark.parametrize("options", [None, {}, {"include_usage": False}, {"include_usage": "yes"}, []])
def test_only_true_asks_for_usage(options: object):
    """Other options leave the usage out."""
    ask, _ = compiled(NAME, asked=request(NAME, stream_options=options))
    assert ask.options == ()


def test_the_sdk_reads_every_chunk():
    """Each chunk is the SDK's own type, and all belong to one answer."""
    types = pytest.importorskip("openai.types.chat")
    _, plan = compiled(NAME, Stream(tokens=3, text="hostile"), asked=with_usage())
    chunks = [types.ChatCompletionChunk.model_validate_json(e.data) for e in events(plan) if e.data != "[DONE]"]
    assert len({chunk.id for chunk in chunks}) == 1
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert texts == ["", " a1\\.", " a2\n.", " a3\u2028x\u2029.", None]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3


def test_without_streaming_the_completion_comes_whole():
    """The non-streaming answer is the SDK's ChatCompletion."""
    types = pytest.importorskip("openai.types.chat")
    ask, plan = compiled(NAME, asked=request(NAME, stream=False))
    assert ask.kind == "whole"
    completion = types.ChatCompletion.model_validate_json(body(plan))
    assert completion.choices[0].message.content == " a1. a2. a3. a4. a5."
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 5


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions"])
def test_paths_of_base_urls_with_and_without_a_version(path: str):
    """A client may be given the base URL either way."""
    ask, _ = compiled(NAME, asked=replace(request(NAME), path=path))
    assert ask.kind == "stream"


@pytest.mark.parametrize(
    ("kind", "type_", "code"),
    [
        ("overloaded", "service_unavailable_error", "server_is_overloaded"),
        ("rate_limit", "requests", "rate_limit_exceeded"),
        ("api", "server_error", None),
        ("timeout", "timeout", None),
    ],
)
def test_the_error_chunk(kind: str, type_: str, code: str | None):
    """An error in mid-stream is a chunk that holds nothing else, without a name."""
    frame = find_dialect(NAME).writer().error_frame(kind, "no")
    expected = {"error": {"message": "no", "type": type_, "param": None, "code": code}}
    assert frame.data.decode() == f"data: {json.dumps(expected, separators=(',', ':'))}\n\n"


def test_error_bodies_have_the_providers_keys():
    """An error body has message, type, param and code."""
    error = json.loads(find_dialect(NAME).writer().error_body(429, "slow down", None))
    assert spelled(error) == spelled({"error": {"message": "", "type": "", "param": None, "code": ""}})
    assert error["error"]["code"] == "rate_limit_exceeded"
