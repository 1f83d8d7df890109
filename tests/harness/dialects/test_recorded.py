"""The frames of the providers' dialects, field by field, beside those of recorded streams.

``recorded/`` holds the shapes of real streams of the two providers, made by ``support/shapes.py``. A field of ours
must have been seen, with that type, in a frame of the same kind. What all recorded frames of a kind have, ours have.
"""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from ssedrill.model.scenario import Flavour, Stream
from support.answers import body, compiled, request
from support.shapes import Shape, differences, frames, merged, shape, shape_of_stream, to_text

RECORDED = Path(__file__).parent / "recorded"

NOT_OURS = {"content_filter_results", "obfuscation"}
"""A gateway's content filter; and padding that hides the length of tokens, which a request can turn off."""

YOUNGER = {"service_tier"}
"""In every chunk of the provider since 2025; the recordings without a gateway are of 2024."""


def recordings(name: str) -> list[dict[str, Any]]:
    """Return the shapes of a dialect's recorded streams."""
    return [json.loads(path.read_text()) for path in sorted(RECORDED.glob(f"{name}-*.json"))]


def seen(name: str, kind: str) -> Shape:
    """Return the shape that all recorded frames of a kind share.

    What stands beside the choices or the message is the same field in every kind of frame, so a type that it had in
    one of them counts for all.
    """
    streams = recordings(name)
    found = merged([stream["frames"][kind] for stream in streams if kind in stream["frames"]])
    everywhere = merged([*chain.from_iterable(stream["frames"].values() for stream in streams)])
    for key, item in found["keys"].items():
        if not {"list", "object"} & set(item["types"]):
            item["types"] = everywhere["keys"][key]["types"]
    return found


def served(name: str, **wishes: Any) -> bytes:
    """Return a stream of ours."""
    return body(compiled(name, Stream(tokens=5, text=Flavour.EMOJI), asked=request(name, **wishes))[1])


def amiss(stream: bytes, name: str) -> list[str]:
    """Return all differences between a stream of ours and the recorded ones, but for those that are meant."""
    found = []
    for kind, value in frames(stream):
        if value is not None:
            found += [f"{kind}{what}" for what in differences(shape(value), seen(name, kind))]
    meant = {f".{key}: missing" for key in NOT_OURS} | {f".{key}: not seen" for key in YOUNGER}
    return [what for what in found if not what.endswith(tuple(meant))]


WITH_USAGE = {"stream_options": {"include_usage": True}}


@pytest.mark.parametrize(
    ("name", "wishes"), [("anthropic-messages", {}), ("openai-chat", WITH_USAGE)], ids=["anthropic", "openai"]
)
def test_every_frame_has_the_recorded_shape(name: str, wishes: dict[str, Any]):
    """No field is invented, none has another type, and none that is always there is left out."""
    assert amiss(served(name, **wishes), name) == []


def test_chunks_differ_by_their_usage_alone_where_it_is_not_wanted():
    """The recorded requests asked for usage; without that wish only this field is missing."""
    left_out = amiss(served("openai-chat"), "openai-chat")
    assert left_out
    assert {what.partition(".")[2] for what in left_out} == {"usage: missing"}


@pytest.mark.parametrize(
    ("name", "wishes"), [("anthropic-messages", {}), ("openai-chat", WITH_USAGE)], ids=["anthropic", "openai"]
)
def test_frames_come_in_a_recorded_order(name: str, wishes: dict[str, Any]):
    """Opening, text, closing: as in a recorded stream, but for the frames that are not ours to send."""
    ours = shape_of_stream(served(name, **wishes))["order"]
    orders = [[kind for kind in stream["order"] if kind in ours] for stream in recordings(name)]
    assert ours in orders


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (b'"index":0', b'"index":"0"', "content_block_start text.index: string, not integer"),
        (b'"stop_reason":"end_turn",', b"", "message_delta.delta.stop_reason: missing"),
        (b'"output_tokens":5', b'"output_tokens":5.5', "message_delta.usage.output_tokens: number, not integer"),
        (b'"usage":{', b'"usage":{"seconds":1,', "message_start.message.usage.seconds: not seen"),
    ],
)
def test_differences_are_found(old: bytes, new: bytes, what: str):
    """A stream that is damaged in one field is told apart, by name."""
    stream = served("anthropic-messages")
    assert old in stream
    assert what in amiss(stream.replace(old, new), "anthropic-messages")


def test_a_shape_keeps_no_text():
    """Keys, types and kinds of frames are all that is left of a recording."""
    stream = b'event: a\ndata: {"k": ["secret", null], "n": 1.5}\n\ndata: secret\n\n: secret\n\ndata: [DONE]\n\n'
    found = shape_of_stream(stream)
    items = {"types": ["null", "string"]}
    keys = {"k": {"types": ["list"], "items": items}, "n": {"types": ["number"]}}
    assert found == {
        "order": ["a", "not JSON", "comment", "[DONE]"],
        "frames": {"a": {"types": ["object"], "keys": keys}},
    }
    assert json.loads(to_text(found)) == found


def test_keys_that_are_sometimes_there_are_told():
    """A key that one object lacks is no longer one that is always there, however often shapes are merged."""
    both = merged([shape({"a": 1, "b": "x"}), shape({"a": None})])
    assert both["sometimes"] == ["b"]
    assert both["keys"]["a"]["types"] == ["integer", "null"]
    assert merged([both, shape({"a": 1, "b": "x"})])["sometimes"] == ["b"]
