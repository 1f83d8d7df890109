"""The shape of a recorded event stream: which frames come in which order, with which keys and JSON types.

No text of the recording is kept, so that a shape can stand beside tests where the recording itself can't. To make one
of any recorded response body:

    python tests/support/shapes.py recording.sse > tests/harness/dialects/recorded/name.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

Shape: TypeAlias = dict[str, Any]
"""``types``: the JSON types seen; of objects ``keys`` (the shape of each, in the order first seen) and ``sometimes``
(the keys that not every object had); of lists ``items`` (the shape of all items together). Empty: left out."""

_TYPES = {dict: "object", list: "list", str: "string", bool: "boolean", int: "integer", float: "number"}


def frames(stream: bytes) -> Iterator[tuple[str, Any]]:
    """Give the kind of each frame and its JSON; None where it has none."""
    for block in stream.decode().replace("\r\n", "\n").split("\n\n"):
        lines = [line.partition(":") for line in block.strip("\n").split("\n")]
        data = "\n".join(value.removeprefix(" ") for name, _, value in lines if name == "data")
        event = next((value.strip() for name, _, value in lines if name == "event"), "")
        if data:
            yield _kind_and_json(event, data)
        elif block.strip("\n"):
            yield "comment", None


def _kind_and_json(event: str, data: str) -> tuple[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        return (data if data == "[DONE]" else "not JSON"), None
    if "choices" in value:
        return _kind_of_chunk(value), value
    inner = value.get("delta", value.get("content_block", {}))
    return " ".join(filter(None, (event or value.get("type", ""), inner.get("type", "")))), value


def _kind_of_chunk(chunk: dict[str, Any]) -> str:
    if not chunk["choices"]:
        return "usage" if chunk.get("usage") else "no choices"
    choice = chunk["choices"][0]
    if choice["finish_reason"] is not None:
        return "finish"
    return next((key for key in ("role", "tool_calls", "refusal", "content") if key in choice["delta"]), "empty")


def shape(value: Any) -> Shape:
    """Return the shape of one JSON value."""
    found: Shape = {"types": [_TYPES.get(type(value), "null")]}
    if isinstance(value, dict) and value:
        found["keys"] = {key: shape(item) for key, item in value.items()}
    if isinstance(value, list) and value:
        found["items"] = merged([shape(item) for item in value])
    return found


def merged(shapes: list[Shape]) -> Shape:
    """Return one shape that all of these have."""
    found: Shape = {"types": sorted({kind for one in shapes for kind in one["types"]})}
    objects = [one for one in shapes if "object" in one["types"]]
    keys = list(dict.fromkeys(key for one in objects for key in one.get("keys", {})))
    if keys:
        found["keys"] = {
            key: merged([one["keys"][key] for one in objects if key in one.get("keys", {})]) for key in keys
        }
    sometimes = [key for key in keys if not all(key in always(one) for one in objects)]
    if sometimes:
        found["sometimes"] = sometimes
    if items := [one["items"] for one in shapes if "items" in one]:
        found["items"] = merged(items)
    return found


def always(found: Shape) -> list[str]:
    """Return the keys that every object of this shape has."""
    return [key for key in found.get("keys", {}) if key not in found.get("sometimes", ())]


def shape_of_stream(stream: bytes) -> dict[str, Any]:
    """Return ``order`` (the kinds of frames, one for each run of the same kind) and ``frames`` (their shapes)."""
    found = list(frames(stream))
    shapes: dict[str, list[Shape]] = {}
    for kind, value in found:
        if value is not None:
            shapes.setdefault(kind, []).append(shape(value))
    order = [kind for kind, _ in groupby(kind for kind, _ in found)]
    return {"order": order, "frames": {kind: merged(several) for kind, several in shapes.items()}}


def differences(ours: Shape, seen: Shape, place: str = "") -> Iterator[str]:
    """Say where ours has a key or a type that was not seen, or lacks a key that was always there."""
    if odd := sorted(set(ours["types"]) - set(seen["types"])):
        yield f"{place}: {' and '.join(odd)}, not {' or '.join(seen['types'])}"
    known = seen.get("keys", {})
    for key, item in ours.get("keys", {}).items():
        if key in known:
            yield from differences(item, known[key], f"{place}.{key}")
        else:
            yield f"{place}.{key}: not seen"
    if "object" in ours["types"]:
        yield from (f"{place}.{key}: missing" for key in always(seen) if key not in always(ours))
    if "items" in ours and "items" in seen:
        yield from differences(ours["items"], seen["items"], f"{place}[]")


def to_text(found: dict[str, Any]) -> str:
    """Spell the shape of a stream, a line for each kind of frame."""
    lines = ",\n".join(f"  {json.dumps(kind)}: {json.dumps(one)}" for kind, one in found["frames"].items())
    return f'{{\n "order": {json.dumps(found["order"])},\n "frames": {{\n{lines}\n }}\n}}'


if __name__ == "__main__":
    print(to_text(shape_of_stream(Path(sys.argv[1]).read_bytes())))
