"""Drivers: each runs one kind of client against a target and notes what it shows.

The table has those that are asked for by a prefix; ``module:function`` and ``file.py:function`` run in process.
Installed packages add theirs under the entry points ``ssedrill.drivers``.
"""

from __future__ import annotations

from ssedrill.drivers.program import command_line
from ssedrill.drivers.spec_form import SpecForm
from ssedrill_faults.extensions import Table


def _wrong(name: str, thing: object) -> str | None:
    if not name.isidentifier():
        return "whose name is no word, so that nobody could write it before a colon"
    return None if isinstance(thing, SpecForm) else f"which is no SpecForm but of type {type(thing).__name__}"


DRIVERS: Table[SpecForm] = Table(
    "ssedrill.drivers",
    {
        "cmd": SpecForm("a program that prints JSON lines", command_line.json_lines, announces=True),
        "raw": SpecForm("a program that prints the text", command_line.raw_text),
    },
    _wrong,
)
"""What may stand before the colon of a specification, by that word."""
