"""The JSON Schema of what the codec writes, from the same types: each dataclass is a definition of its own."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from typing import Any, Literal, TypeAlias

from ssedrill.model.codec import places, type_name

Schema: TypeAlias = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
"""What each schema is written in: the draft that editors with taplo know."""

BASE64: Schema = {
    "type": "object",
    "properties": {"base64": {"type": "string"}},
    "required": ["base64"],
    "additionalProperties": False,
}
TEXT: Schema = {"anyOf": [{"type": "string"}, BASE64]}
"""Text that is no UTF-8, and bytes that are none, are written as base64."""
_PLAIN: dict[Any, Schema] = {
    Any: {},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"anyOf": [{"type": "number"}, {"enum": ["inf", "-inf", "nan"]}]},
    str: TEXT,
    bytes: TEXT,
}


class Definitions:
    """The schemas of dataclasses by their names, made as they are referred to."""

    def __init__(self) -> None:
        self.made: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """Return the schema of the values of a type."""
        if kind in _PLAIN:
            return dict(_PLAIN[kind])
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin in (typing.Union, types.UnionType):
            tagged = all(dataclasses.is_dataclass(one) for one in inner)
            return {"anyOf": [self._member(one, tagged=tagged) for one in inner]}
        if origin is Literal:
            return {"enum": list(inner)}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(inner[1])}
        if origin is list or (origin is tuple and inner[-1] is Ellipsis):
            return {"type": "array", "items": self.of(inner[0])}
        if origin is tuple:
            of_each = [self.of(one) for one in inner]
            return {"type": "array", "items": of_each, "minItems": len(inner), "maxItems": len(inner)}
        if issubclass(kind, Enum):
            return {"enum": [one.value for one in kind]}
        return self.refer(kind)

    def refer(self, kind: type, *, tag: str = "", name: str = "", **instead: Schema | None) -> Schema:
        """Return a reference to the schema of a dataclass, which is made now if it is not there yet.

        ``tag`` is what its ``type`` says, if it has one; ``instead`` are schemas of fields that are written in
        another way than the codec's, None for those that are not there.
        """
        name = name or tag or kind.__name__
        if name not in self.made:
            self.made[name] = {}
            properties = {} if not tag else {"type": {"const": tag}}
            required = list(properties)
            for place in places(kind):
                of = instead[place.name] if place.name in instead else self.of(place.kind)
                if of is not None:
                    properties[place.name] = of
                    required += [place.name] if place.required else []
            self.made[name] = table(properties, required)
        return {"$ref": f"#/definitions/{name}"}

    def _member(self, kind: Any, *, tagged: bool) -> Schema:
        """Return the schema of one of several types."""
        if kind is type(None):
            return {"type": "null"}
        return self.refer(kind, tag=type_name(kind)) if tagged else self.of(kind)


def table(properties: Schema, required: list[str]) -> Schema:
    """Return the schema of an object that has these keys and no others."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
