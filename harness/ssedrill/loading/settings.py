"""From a table of a TOML file to the frozen dataclass that it sets: a stream, a fault.

Fields whose names end in ``_s`` are seconds; files write them without the suffix and with a unit. The types are
checked by pydantic, strictly: ``"12"`` is no number and ``1`` is not ``true``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from ssedrill.loading.durations import EXAMPLES, parse_duration
from ssedrill.loading.problems import FEW_NAMES, Report, Wrong, joined, nearest, shown
from ssedrill_faults.fault import Fault

T = TypeVar("T")

ZERO_MEANS_SOMETHING = frozenset({"retry_after_s", "retry_s"})
"""Waits that a server asks for: it may well ask for none. Everywhere else a duration of zero is a mistake."""

OF_EVERY_FAULT = "dialects"
"""A setting that every fault has, so that none lists it among its own."""

FOLLOWING = ("value_error", "missing", "missing_keyword_only_argument")

_TIME = re.compile(r"[-+]?(?:[0-9.]|(?:inf|infinity|nan)\b)", re.IGNORECASE)

_RIGHT = {
    "int_type": "write a whole number, such as 12",
    "float_type": "write a number",
    "string_type": "write a string in quotes",
    "bool_type": "write true or false",
    "tuple_type": "write a list in square brackets",
    "dict_type": "write a table in braces",
}


def build(cls: type[T], table: object, path: str, report: Report) -> T | None:
    """Return the dataclass that this table sets, or None with the reasons in the report."""
    if not isinstance(table, dict):
        report.add(path, f"{shown(table)} is no table", f"write its settings in braces: {shape(cls)}")
        return None
    known, moments = known_settings(cls), _moments(cls)
    before = len(report.problems)
    plain: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            report.unknown(path, key, _own(known), command=_command(cls))
        elif key in moments and _means_time(value):
            plain[moments[key].name] = read_duration(value, joined(path, key), report)
        elif known[key].name == key:
            plain[key] = value
        else:
            plain[known[key].name] = read_duration(
                value, joined(path, key), report, zero=known[key].name in ZERO_MEANS_SOMETHING
            )
    try:
        made: T = _adapter(cast(Any, cls)).validate_json(json.dumps(plain), strict=True)
    except ValidationError as error:
        told = len(report.problems) > before
        for detail in error.errors(include_url=False):
            # What is missing, or does not go together, may be no more than a key that was spelled wrongly.
            if not told or detail["type"] not in FOLLOWING:
                _tell(cls, detail, path, report)
        return None
    return made if len(report.problems) == before else None


@cache
def _adapter(cls: Any) -> TypeAdapter[Any]:
    """Return what reads this dataclass: making it costs more than reading with it."""
    return TypeAdapter(cls)


def read_duration(value: object, path: str, report: Report, *, zero: bool = False) -> float:
    """Return a duration in seconds; if it can't be read, note it and return 1, so that the rest is still read."""
    try:
        seconds = parse_duration(value)
    except Wrong as wrong:
        report.add(path, wrong.wrong, wrong.right)
        return 1.0
    if seconds == 0 and not zero:
        report.add(path, f"{shown(value)} is zero", f"use a duration above zero, such as {EXAMPLES}")
        return 1.0
    return seconds


def named_key(cls: type[Any], message: str, path: str) -> tuple[str, str]:
    """Return the path of the setting that a fault's own message begins with, and the message in the file's words."""
    for key, item in known_settings(cls).items():
        if key != item.name:
            message = re.sub(rf"\b{item.name}\b", key, message)
    first = re.match(r"\w+", message)
    return (joined(path, first[0]) if first and first[0] in known_settings(cls) else path), message


def shape(cls: type[Any], about: str = "") -> str:
    """Return the settings of a dataclass as a file names them, for messages; ``about`` is what the message says.

    Of a fault with many of them these are those that the message names, or the first.
    """
    keys = _own(known_settings(cls))
    command, left = _command(cls), 0
    if command and len(keys) > FEW_NAMES:
        named = [key for key in keys if re.search(rf"\b{key}\b", about)]
        told = list(dict.fromkeys([*named, *keys]))[:FEW_NAMES]
        left, keys = len(keys) - len(told), told
    more = f" and {left} more, which `{command}` names" if left else ""
    return "{ " + ", ".join(f"{key} = ..." for key in keys) + " }" + more if keys else "{}"


def _command(cls: type[Any]) -> str:
    """Return what lists all settings of a fault; empty for anything else."""
    return f"ssedrill list faults {cls.name}" if issubclass(cls, Fault) else ""


def _means_time(value: object) -> bool:
    """Tell whether what stands in place of a word is a number, with a unit or without."""
    return (isinstance(value, int | float) and not isinstance(value, bool)) or (
        isinstance(value, str) and _TIME.match(value) is not None
    )


def known_settings(cls: type[Any]) -> Mapping[str, Field[Any]]:
    """Return the fields of a dataclass by the names that a file has for them."""
    both = {item.name for item in _moments(cls).values()}
    return {item.name.removesuffix("_s"): item for item in fields(cls) if item.init and item.name not in both}


def _moments(cls: type[Any]) -> Mapping[str, Field[Any]]:
    """Return the settings that are words or durations, as both of which they have a field: ``after`` is one."""
    names = {item.name for item in fields(cls)}
    return {
        item.name.removesuffix("_s"): item
        for item in fields(cls)
        if item.name.endswith("_s") and item.name.removesuffix("_s") in names
    }


def may_be_duration(cls: type[Any], key: str) -> bool:
    """Tell whether a setting takes a duration besides its own words."""
    return key in _moments(cls)


def _own(keys: Iterable[str]) -> list[str]:
    return [key for key in keys if key != OF_EVERY_FAULT]


def _tell(cls: type[Any], detail: ErrorDetails, path: str, report: Report) -> None:
    known = known_settings(cls)
    place = path
    for step in detail["loc"]:
        place = f"{place}[{step}]" if isinstance(step, int) else joined(place, step.removesuffix("_s"))
    kind, value = detail["type"], detail["input"]
    if kind == "value_error":
        place, message = named_key(cls, str(detail["ctx"]["error"]), place)
        report.add(place, message, f"its settings are {shape(cls, message)}")
    elif kind in ("literal_error", "enum"):
        choices = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        quoted = " or ".join(f'"{choice}"' for choice in choices)
        right = nearest(value, choices) if isinstance(value, str) else f"write {quoted}"
        if detail["loc"][-1] in _moments(cls):
            right += f"; a time has its unit, such as {EXAMPLES}"
        report.add(place, f"unknown value {shown(value)}", right)
    elif kind.startswith("missing"):
        required = [key for key, item in known.items() if item.default is MISSING and item.default_factory is MISSING]
        report.add(place, "missing", f"it must have {', '.join(required)}")
    else:
        right = _RIGHT.get(kind, detail["msg"].removeprefix("Input should be ").lower())
        report.add(place, f"{shown(value)} is of the wrong type", right)
