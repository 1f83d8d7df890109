"""The readers understand what the providers really send: streams made up from the shapes of recorded ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ssedrill.dialects import DIALECTS, find_dialect
from ssedrill.dialects.answer import AnswerEnded, AnswerPart, AnswerStarted, AnswerStopped, AnswerText
from ssedrill.dialects.sse_decoder import SseDecoder
from support.shapes import Shape, frames, shape_of_stream

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))
WORD = "x"
"""What every string of a made-up stream says."""

EXAMPLES = {"string": WORD, "integer": 1, "number": 1.5, "boolean": True, "null": None}


def example(shape: Shape, *, bare: bool) -> Any:
    """Return a value of this shape; ``bare``: null if it may be null, and without keys that may be missing."""
    kind = sorted(shape["types"], key=lambda kind: (kind == "null") != bare)[0]
    if kind == "object":
        missing = shape.get("sometimes", ()) if bare else ()
        return {key: example(item, bare=bare) for key, item in shape.get("keys", {}).items() if key not in missing}
    if kind == "list":
        return [example(shape["items"], bare=bare)] if "items" in shape else []
    return EXAMPLES[kind]


def made_up(recorded: dict[str, Any], *, bare: bool) -> bytes:
    """Return a stream with a frame for each run of frames in a recording."""
    blocks = []
    for kind in recorded["order"]:
        if kind not in recorded["frames"]:
            blocks.append(f"data: {kind}\n\n")
            continue
        data = example(recorded["frames"][kind], bare=bare)
        event, _, inner = kind.partition(" ")
        if "type" in data:
            data["type"] = event
            data.get("delta", data.get("content_block", {}))["type"] = inner
        named = f"event: {event}\n" if "type" in data else ""
        blocks.append(f"{named}data: {json.dumps(data)}\n\n")
    return "".join(blocks).encode()


def dialect_of(path: Path) -> str:
    """Return the dialect of a recording, which its file's name begins with."""
    return next(name for name in DIALECTS if path.name.startswith(name))


def holds_text(kind: str, value: Any) -> bool:
    """Tell whether a made-up frame has text in it."""
    if kind == "content_block_delta text_delta":
        return True
    return value is not None and any(choice["delta"].get("content") == WORD for choice in value.get("choices", ()))


@pytest.mark.parametrize("bare", [False, True], ids=["full", "bare"])
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_stream_is_understood(path: Path, bare: bool):
    """No frame is damage to the reader; it finds the text, one reason to stop, and the end at the end."""
    recorded = json.loads(path.read_text())
    stream = made_up(recorded, bare=bare)
    read = find_dialect(dialect_of(path)).read
    found: list[AnswerPart] = [part for event in SseDecoder().feed(stream) for part in read.read_event(event)]
    assert found[-1] == AnswerEnded()
    assert [part for part in found if isinstance(part, AnswerEnded | AnswerStopped)] == [
        AnswerStopped(WORD),
        AnswerEnded(),
    ]
    texts = sum(holds_text(kind, value) for kind, value in frames(stream))
    assert found.count(AnswerText(WORD)) == sum(isinstance(part, AnswerText) for part in found) == texts
    assert found.count(AnswerStarted(WORD)) == recorded["order"].count("message_start")


def test_every_provider_has_recordings():
    """Both providers' dialects are proved, and a made-up stream has the frames of the recorded one in their order."""
    assert {dialect_of(path) for path in RECORDED} == set(DIALECTS) - {"eventsource"}
    for path in RECORDED:
        recorded = json.loads(path.read_text())
        assert shape_of_stream(made_up(recorded, bare=False))["order"] == recorded["order"]
