"""JSON that people can read and a diff can show: indented, but for what is simple, which is one line."""

from __future__ import annotations

import json

from ssedrill.model.codec import Json

_LINE = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def laid_out(value: Json, depth: int) -> str:
    """Return a value as JSON with two spaces of indent from this depth on, except that a simple thing is one line."""
    if not isinstance(value, dict | list) or _simple(value):
        return _LINE.encode(value)
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict):
        lines = [f"{_LINE.encode(key)}: {laid_out(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + inner + f",\n{inner}".join(lines) + f"\n{outer}}}"
    return "[\n" + inner + f",\n{inner}".join([laid_out(item, depth + 1) for item in value]) + f"\n{outer}]"


_NESTED = frozenset({dict, list})


def _simple(value: dict[str, Json] | list[Json]) -> bool:
    """Tell whether a list holds nothing but values, or an object nothing but values and lists of values."""
    if isinstance(value, list):
        return _NESTED.isdisjoint(map(type, value))
    for item in value.values():
        if isinstance(item, list):
            if not _simple(item):
                return False
        elif isinstance(item, dict) and "base64" not in item:
            return False
    return True
