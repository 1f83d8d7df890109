"""The JSON Schema of scenario files, from the classes that they are read into: for editors, which know TOML by it.

It tells keys, types and words. What does not go together is for the loader to say: a file that keeps to the schema
may still be refused, but no file that breaks it is taken.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any, Literal

from ssedrill.dialects import ALL
from ssedrill.judging.checks import CHECKS
from ssedrill.loading.durations import UNITS
from ssedrill.loading.expectations import JUDGED
from ssedrill.loading.meanings import meaning
from ssedrill.loading.settings import known_settings, may_be_duration
from ssedrill.loading.toml_scenario import KEYS
from ssedrill.model.cancel import Cancel
from ssedrill.model.codec_schema import DRAFT, Schema
from ssedrill.model.scenario import RUN_PREFIX, CallGroup, Scenario, Server, Stream, Unit
from ssedrill.model.when import When
from ssedrill_faults import FAULTS

VERSION = 1
"""It grows if a file that was right becomes wrong; new keys leave it as it is."""

_DURATION = rf"^[0-9]+(\.[0-9]+)? ?({'|'.join(UNITS)})$"
_BOUND = r"^(<=|>=|==|<|>) ?"
_PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    date: {"type": "string", "format": "date"},
}


def scenario_schema() -> Schema:
    """Return the schema of a scenario file."""
    asked, of_call = ({key: _expectations(of_run=own) for key in ("must", "should")} for own in (True, False))
    attempts = {"attempt": {"type": "array", "items": _attempt(), "minItems": 1}}
    group = table_schema(CallGroup, leave_out=("attempts", "expectations", "cancel"))
    group["properties"] |= {"cancel": table_schema(Cancel), **of_call, **attempts}
    own = table_schema(Scenario, leave_out=[name for name in known_settings(Scenario) if name not in KEYS])
    own["properties"] |= {"stream": table_schema(Stream), "server": table_schema(Server), **attempts, **asked}
    own["properties"]["dialects"] = {"anyOf": [{"const": ALL}, _of(tuple[str, ...])]} | _about(Scenario, "dialects")
    own["properties"]["call"] = {"type": "array", "items": group, "minItems": 1}
    return {
        "$schema": DRAFT,
        "$id": f"ssedrill-scenario-{VERSION}.schema.json",
        "title": "A scenario of ssedrill",
        **own,
        "required": ["name", "about", "dialects"],
    }


def _attempt() -> Schema:
    fault = {
        "type": "object",
        "properties": {name: table_schema(kind) for name, kind in FAULTS.items()},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    properties = {"when": table_schema(When), "faults": {"type": "array", "items": fault}}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _expectations(*, of_run: bool) -> Schema:
    properties = {
        name: _bound(check.unit, check.values) | {"description": check.about}
        for name, check in CHECKS.items()
        if check.unit is not None and (of_run or not name.startswith(RUN_PREFIX))
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _bound(unit: Unit, values: Iterable[str]) -> Schema:
    match unit:
        case Unit.OUTCOMES:
            outcomes = {"type": "string", "enum": [outcome.value for outcome in JUDGED]}
            return {"type": "array", "items": outcomes, "minItems": 1}
        case Unit.COUNT:
            return {"type": "string", "pattern": f"{_BOUND}[0-9]+$"}
        case Unit.DURATION:
            return {"type": "string", "pattern": f"{_BOUND}{_DURATION.removeprefix('^')}"}
        case Unit.NAMES:
            names = {"type": "string", "enum": list(values)} if values else {"type": "string"}
            return {"type": "array", "items": names, "minItems": 1}
        case Unit.WORD:
            return {"type": "string", "enum": list(values)}
        case Unit.KEPT:
            return {"const": "kept"}


def table_schema(kind: type[Any], leave_out: Iterable[str] = ()) -> Schema:
    """Return the schema of a table that sets a dataclass: its keys, with what each means."""
    hints = typing.get_type_hints(kind)
    properties: Schema = {}
    for key, item in known_settings(kind).items():
        if key in leave_out:
            continue
        of = {"type": "string", "pattern": _DURATION} if key != item.name else _of(hints[item.name])
        if may_be_duration(kind, key):
            of = {"anyOf": [of, {"type": "string", "pattern": _DURATION}]}
        properties[key] = of | _about(kind, item.name)
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _about(kind: type[Any], field: str) -> Schema:
    said = meaning(kind, field)
    return {"description": said} if said else {}


def _of(hint: Any) -> Schema:
    """Return the schema of a value of this type."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        kinds = [_of(one) for one in inner if one is not type(None)]
        return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    if origin is Literal:
        return {"enum": list(inner)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [one.value for one in hint]}
    if origin is tuple:
        return {"type": "array", "items": _of(inner[0])}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _of(inner[1])}
    return dict(_PLAIN.get(hint, {}))
