"""Headers that faults set: what HTTP can carry, and which of them say something that has a fault of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from ssedrill_faults.answer.retry_after import HEADERS
from ssedrill_faults.http1 import FRAMING_HEADERS

Headers: TypeAlias = tuple[tuple[str, str], ...]

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")

_OF_FRAMING = (
    "the fault content_length (it can send a length beside chunks) or transfer_encoding, or framing and persistence "
    "of [stream]"
)
_HAS_A_FAULT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(FRAMING_HEADERS, _OF_FRAMING),
        **dict.fromkeys(HEADERS, "the fault status"),
        "content-encoding": "the fault encode",
        "trailer": "the fault trailers",
    }
)


def check_headers(setting: str, headers: Mapping[str, str]) -> None:
    """Raise ValueError, in the name of a setting, if these can't be headers, or two of them are one."""
    names: dict[str, str] = {}
    for key, value in headers.items():
        if (first := names.setdefault(key.lower(), key)) != key:
            raise ValueError(f"{setting} has {first} and {key}, which are one header: keep one of them")
        if not _NAME.fullmatch(key) or not _VALUE.fullmatch(value):
            raise ValueError(f"{setting} has {key!r}: {value!r}, which is not a header that HTTP can carry")


def check_free(setting: str, names: Iterable[str]) -> None:
    """Raise ValueError, in the name of a setting, if a header of these names has a fault of its own."""
    for name in names:
        if fault := _HAS_A_FAULT.get(name.lower()):
            raise ValueError(f"{setting} can't have {name}: use {fault}")


def joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return one value for each name: those of several lines with commas between them (RFC 9110, 5.3)."""
    found: dict[str, str] = {}
    for name, value in headers:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def overlaid(below: Iterable[tuple[str, str]], above: Iterable[tuple[str, str]]) -> Headers:
    """Return both lists of headers; if they share a name, in whatever case, the one above stays."""
    above = tuple(above)
    return (*without(below, (key for key, _ in above)), *above)


def without(headers: Iterable[tuple[str, str]], names: Iterable[str]) -> Headers:
    """Return the headers but for those of these names, in whatever case."""
    gone = {name.lower() for name in names}
    return tuple(pair for pair in headers if pair[0].lower() not in gone)
