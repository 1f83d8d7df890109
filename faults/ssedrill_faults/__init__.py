"""The faults: one file each, and the catalogue that names them all.

``plan`` has the vocabulary (frames, answers, operations), ``fault`` the protocol, ``compose`` how faults are folded
into a plan, ``http1`` how an answer becomes bytes; ``voice`` and ``http_version`` are what faults ask of the dialect
and of HTTP. ``position`` says where faults strike, ``marks`` and ``segment`` how segments are cut and joined,
``body`` how bodies end. A new fault is a new file and one line in the table below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import cast

from ssedrill_faults.extensions import Table
from ssedrill_faults.fault import AnswerFault, DoorFault, Fault, WireFault

_LAYERS: Mapping[str, str] = MappingProxyType(
    {
        "refuse": "door",
        "close_on_accept": "door",
        "mute": "door",
        "stale_connection": "wire",
        "status": "answer",
        "replay": "answer",
        "redirect": "answer",
        "headers": "answer",
        "error_event": "frames",
        "malformed_json": "frames",
        "insert_event": "frames",
        "drop_event": "frames",
        "duplicate_event": "frames",
        "swap_events": "frames",
        "edit_event": "frames",
        "unfinished_event": "frames",
        "drop_terminal": "frames",
        "clean_end": "frames",
        "linger": "frames",
        "keepalive_only": "frames",
        "stall": "wire",
        "fin": "wire",
        "half_close": "wire",
        "reset": "wire",
        "bad_chunk": "http",
        "content_length": "http",
        "behind_the_end": "http",
        "encode": "http",
        "http_1_0": "http",
        "interim": "http",
        "trailers": "http",
        "transfer_encoding": "http",
        "chunk_borders": "http",
        "chunk_extensions": "http",
        "chunk_spelling": "http",
        "head_spelling": "http",
        "hold_head": "http",
        "buffer": "http",
        "fragment": "wire",
        "coalesce": "wire",
        "delay": "wire",
        "pace": "frames",
        "jitter": "wire",
        "spelling": "frames",
        "byte_order_mark": "frames",
        "ids": "frames",
        "ping": "frames",
    }
)
"""The folder of each fault's file; file and class have its name."""


class _BuiltIn(Mapping[str, type[Fault]]):
    """The faults of this package, each imported when it is asked for: a scenario has few of them."""

    def __getitem__(self, name: str) -> type[Fault]:
        return _imported(name, _LAYERS[name])

    def __contains__(self, name: object) -> bool:
        return name in _LAYERS

    def __iter__(self) -> Iterator[str]:
        return iter(_LAYERS)

    def __len__(self) -> int:
        return len(_LAYERS)


@cache
def _imported(name: str, layer: str) -> type[Fault]:
    module = import_module(f"ssedrill_faults.{layer}.{name}")
    return cast(type[Fault], getattr(module, "".join(part.title() for part in name.split("_")) + "Fault"))


def _wrong(name: str, thing: object) -> str | None:
    if not isinstance(thing, type) or not issubclass(thing, DoorFault | AnswerFault | WireFault):
        return "which is no class that inherits from DoorFault, AnswerFault or WireFault"
    if getattr(thing, "name", None) != name:
        return f"whose own name is {getattr(thing, 'name', None)}: call the entry point so too"
    own = "__dataclass_fields__" in vars(thing)  # its parents are dataclasses, so that `is_dataclass` is always true
    return None if own else "which is no dataclass: decorate it with @dataclass(frozen=True)"


FAULTS: Table[type[Fault]] = Table("ssedrill.faults", _BuiltIn(), _wrong)
"""All faults under the names that scenario files use, from the door to the wire; those that only reshape come last.

Installed packages add theirs under the entry points ``ssedrill.faults``.
"""
