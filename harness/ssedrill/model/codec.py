"""Dataclasses to JSON values and back, strictly: what was written reads back equal, what is unknown is refused.

A union of dataclasses (wire operations, doors) becomes an object with a ``"type"``. Fields of the journals that hold
their default are left out, so that a record stays readable; a run's own fields always stand. Bytes, and text that
UTF-8 can't hold (lone surrogates), are ``{"base64": ...}`` if they are not plain UTF-8.

Records are large, so what can be learned from a type is learned once: a reader or a writer is a closure made from it.
"""

from __future__ import annotations

import base64
import dataclasses
import math
import re
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeAlias

from ssedrill.model.clean_text import safe

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Reader: TypeAlias = Callable[[Any], Any]
Writer: TypeAlias = Callable[[Any, bool, bool], Json]


PLACE_CHARS, WHY_CHARS = 200, 400


class BadValue(ValueError):
    """A JSON value is not what its place asks for; the place is put together on the way up."""

    def __init__(self, why: str, place: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.place = place

    def inside(self, outer: str) -> BadValue:
        """Return this error as seen from further up: ``seed`` inside ``runs[3]`` is ``runs[3].seed``."""
        dot = "." if outer and self.place and not self.place.startswith("[") else ""
        return BadValue(self.why, f"{outer}{dot}{self.place}")

    def __str__(self) -> str:
        return f"{safe(self.place, PLACE_CHARS) or 'the file'}: {safe(self.why, WHY_CHARS)}"  # both quote the file


@dataclasses.dataclass(frozen=True)
class Place:
    """A field of a dataclass as it stands in a record."""

    name: str
    kind: Any
    union: bool  # it holds one of several dataclasses, itself or as the items of a tuple
    required: bool
    default: Any  # to compare with; never handed out


@cache
def places(kind: type) -> tuple[Place, ...]:
    """Return the fields of a dataclass in their order."""
    kinds = typing.get_type_hints(kind)
    found = []
    for field in dataclasses.fields(kind):
        factory = field.default_factory
        default = field.default if factory is dataclasses.MISSING else factory()
        required = default is dataclasses.MISSING
        found.append(Place(field.name, kinds[field.name], _is_union(kinds[field.name]), required, default))
    return tuple(found)


@cache
def type_name(kind: type) -> str:
    """Return how a type of a union is called: ``CloseOnAccept`` is ``close-on-accept``."""
    return re.sub(r"(?<=.)(?=[A-Z])", "-", kind.__name__).lower()


def encode(value: Any, *, full: bool = False, tagged: bool = False) -> Json:
    """Return a value as JSON. ``full`` keeps defaults, at this level only; ``tagged`` adds the type's name."""
    kind: Any = type(value)
    if kind is int or kind is bool or value is None:
        return value  # type: ignore[no-any-return]
    if kind is str:
        return value if value.isascii() else _from_bytes(value.encode("utf-8", "surrogatepass"))
    if kind is float:
        return round(value, 6) + 0.0 if math.isfinite(value) else str(value)
    return _writer(kind)(value, full, tagged)


@cache
def _writer(kind: Any) -> Writer:
    """Return what writes values of a type, none of the plainest ones."""
    if kind is bytes:
        return lambda value, full, tagged: _from_bytes(value)
    if kind is list or kind is tuple:
        return lambda value, full, tagged: [encode(item, tagged=tagged) for item in value]
    if dataclasses.is_dataclass(kind):
        return _object_writer(kind)
    if issubclass(kind, Enum):
        return lambda value, full, tagged: encode(value.value)
    if issubclass(kind, Mapping):
        return lambda value, full, tagged: {str(key): encode(value[key]) for key in sorted(value, key=str)}
    raise TypeError(f"can't write {kind.__name__} into a record")


def _object_writer(kind: Any) -> Writer:
    fields = [(place.name, place.default, place.union) for place in places(kind)]
    type_tag = type_name(kind)

    def write(value: Any, full: bool, tagged: bool) -> Json:
        body: dict[str, Json] = {"type": type_tag} if tagged else {}
        for name, default, union in fields:
            item = getattr(value, name)
            if full or (item is not default and item != default):
                body[name] = encode(item, tagged=union)
        return body

    return write


def decode(kind: Any, value: Any, place: str) -> Any:
    """Return the value of type ``kind`` that a JSON value stands for; raise BadValue if it stands for none."""
    try:
        return _reader(kind)(value)
    except BadValue as error:
        raise error.inside(place) from None


@cache
def _reader(kind: Any) -> Reader:
    """Return what reads values of a type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return lambda value: value
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return lambda value: _read_object(kind, _expect(value, dict))
    if origin is typing.Union or origin is types.UnionType:
        if _is_union(kind):
            members = {type_name(member): member for member in arguments}
            return lambda value: _read_one_of(members, _expect(value, dict))
        (inner,) = (_reader(argument) for argument in arguments if argument is not types.NoneType)
        return lambda value: None if value is None else inner(value)
    if origin is typing.Literal:
        return lambda value: _one(value, arguments)
    if origin is list or (origin is tuple and arguments[-1] is Ellipsis):
        return lambda value: origin(_read_items([_reader(arguments[0])] * len(_expect(value, list)), value))
    if origin is tuple:
        return lambda value: tuple(_read_items([_reader(argument) for argument in arguments], value))
    if origin is dict:
        return lambda value: {k: decode(arguments[1], item, k) for k, item in _expect(value, dict).items()}
    if kind is bytes:
        return _to_bytes
    if kind is str:
        return lambda value: value if type(value) is str else _to_bytes(value).decode("utf-8", "surrogatepass")
    if kind is float:
        return _read_float
    if issubclass(kind, Enum):
        known = {member.value: member for member in kind}
        return lambda value: known[_one(value, tuple(known))]
    return lambda value: _expect(value, kind)


def _read_object(kind: type, found: dict[str, Any], skip: str = "") -> Any:
    known = {field.name: field for field in places(kind)}
    values = {}
    for name, item in found.items():
        if name == skip:
            continue
        if name not in known:
            raise BadValue("is not known here", name)
        try:
            values[name] = _reader(known[name].kind)(item)
        except BadValue as error:
            raise error.inside(name) from None
    for name, field in known.items():
        if field.required and name not in values:
            raise BadValue("is missing", name)
    return kind(**values)


def _read_one_of(members: dict[str, type], found: dict[str, Any]) -> Any:
    name = found.get("type")
    if not isinstance(name, str) or name not in members:
        raise BadValue(f"{name!r} is none of {', '.join(members)}", "type")
    return _read_object(members[name], found, skip="type")


def _read_items(readers: list[Reader], value: Any) -> list[Any]:
    items = _expect(value, list)
    if len(items) != len(readers):
        raise BadValue(f"expected {len(readers)} items, found {len(items)}")
    done: list[Any] = []
    try:
        for read, item in zip(readers, items, strict=True):
            done.append(read(item))
    except BadValue as error:
        raise error.inside(f"[{len(done)}]") from None
    return done


def _read_float(value: Any) -> float:
    if value in ("inf", "-inf", "nan"):
        return float(value)
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise BadValue("is too large a number") from None
    found: float = _expect(value, float)
    return found


def _one(value: Any, known: tuple[Any, ...]) -> Any:
    if isinstance(value, str | int) and value in known:
        return value
    raise BadValue(f"{value!r} is none of {', '.join(map(repr, known))}")


def _from_bytes(data: bytes) -> Json:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _to_bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if not isinstance(value, dict):
        return _expect(value, str)  # type: ignore[no-any-return]
    try:
        return base64.b64decode(_expect(value.get("base64"), str), validate=True)
    except ValueError:
        raise BadValue("is neither text nor base64") from None


_NAMES: Mapping[type, str] = types.MappingProxyType(
    {dict: "an object", list: "a list", str: "text", int: "a whole number", float: "a number", bool: "a truth value"}
)


def _expect(value: Any, kind: type) -> Any:
    if type(value) is kind:
        return value
    raise BadValue(f"expected {_NAMES[kind]}, found {_NAMES.get(type(value), 'nothing')}")


def _is_union(kind: Any) -> bool:
    if typing.get_origin(kind) is tuple:
        return _is_union(typing.get_args(kind)[0])
    arguments = typing.get_args(kind)
    return len(arguments) > 1 and all(dataclasses.is_dataclass(argument) for argument in arguments)
