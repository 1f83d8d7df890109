"""The settings of a fault as they may be written in a scenario: for people who write one, and for their tools."""

from __future__ import annotations

import types
import typing
from dataclasses import MISSING, Field
from enum import Enum
from typing import Any, Literal, TypeAlias

from ssedrill.loading.meanings import meaning
from ssedrill.loading.settings import OF_EVERY_FAULT, known_settings
from ssedrill_faults.fault import AnswerFault, Fault
from ssedrill_faults.position import MOMENTS, OF_EVENTS, Position

Setting: TypeAlias = dict[str, Any]
"""``name``; ``type`` in words; ``required``; ``meaning``; its ``default`` as a file has it, if it can be written;
``of_every`` if every fault has it."""

_WORDS = {bool: "true or false", int: "whole number", float: "number", str: "string"}


def settings_of(kind: type[Any]) -> list[Setting]:
    """Return the settings of a fault, or of a table of a scenario; those of a fault's position are left out."""
    hints = typing.get_type_hints(kind)
    ways = Position.positions if issubclass(kind, Position) else ()
    return [
        _setting(key, item, hints[item.name], meaning(kind, item.name))
        for key, item in known_settings(kind).items()
        if item.name not in ways
    ]


def positions_of(kind: type[Fault]) -> list[Setting]:
    """Return the positions that a fault takes, of which one is given, and ``inside`` if it may be beside one."""
    if not issubclass(kind, Position):
        return []
    hints = typing.get_type_hints(kind)
    ways = kind.positions
    of_events = issubclass(kind, AnswerFault)
    if issubclass(kind, AnswerFault) and ways is Position.positions:
        ways = (*OF_EVENTS, *(MOMENTS if kind.at_moments else ()))
    found: dict[str, list[str]] = {}
    for way in ways:
        key = way.removesuffix("_s")
        words = _in_words(hints[way], duration=key != way)
        if way == "before" and of_events:
            words = words.removeprefix('"headers" | ')
        found.setdefault(key, []).append(words)
    return [
        {"name": key, "type": " or ".join(words), "meaning": meaning(Position, key) or meaning(Position, f"{key}_s")}
        for key, words in found.items()
    ]


def _setting(key: str, item: Field[Any], hint: Any, means: str) -> Setting:
    required = item.default is MISSING and item.default_factory is MISSING
    said: Setting = {"name": key, "type": _in_words(hint, duration=key != item.name), "required": required}
    if key == OF_EVERY_FAULT:
        said["of_every"] = True
    if item.default not in (None, MISSING):
        said["default"] = f"{item.default:g} s" if key != item.name else _plain(item.default)
    return said | {"meaning": means}


def _in_words(hint: Any, *, duration: bool = False) -> str:
    """Return what a setting takes."""
    if duration:
        return "duration"
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_in_words(one) for one in inner if one is not type(None))
    if origin is Literal or (isinstance(hint, type) and issubclass(hint, Enum)):
        return " | ".join(f'"{one}"' for one in (inner or hint))
    if origin is tuple:
        words = _in_words(inner[0])
        return f"list of {words}s" if words in _WORDS.values() else f"list of {words}"
    return _WORDS.get(hint, "any value") if origin is None else "table"


def _plain(default: Any) -> Any:
    return list(default) if isinstance(default, tuple) else default
