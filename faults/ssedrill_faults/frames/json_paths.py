"""Places inside the JSON of an event: ``choices.0.delta`` is a key, an index, a key."""

from __future__ import annotations

import re
from typing import Any

_INDEX = re.compile(r"[0-9]{1,9}")


class NoSuchPlace(LookupError):
    """The JSON has no place by this path."""


def check_path(setting: str, path: str) -> None:
    """Raise ValueError, naming the setting, if a path has no name between two dots."""
    if not all(path.split(".")):
        raise ValueError(f"{setting} has the path {path[:60]!r}: put dots between keys and indices, as in a.0.b")


def put(value: Any, path: str, new: Any) -> None:
    """Put something at a path; its last key may be new, if it is one of an object. Raises NoSuchPlace."""
    *steps, last = path.split(".")
    inside = _found(value, steps)
    if isinstance(inside, dict):
        inside[last] = new
    else:
        _found(inside, [last])
        inside[int(last)] = new


def take(value: Any, path: str) -> None:
    """Remove what is at a path; raises NoSuchPlace if nothing is."""
    *steps, last = path.split(".")
    inside = _found(value, steps)
    _found(inside, [last])
    del inside[last if isinstance(inside, dict) else int(last)]


def _found(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and _INDEX.fullmatch(step) and int(step) < len(value):
            value = value[int(step)]
        else:
            raise NoSuchPlace(step)
    return value
