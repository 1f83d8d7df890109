"""A scenario file with comments: what each table, key and fault in it means, where it first stands.

The words are those of the code that reads the file, so that they are the same here, in editors and in the reference.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ssedrill.loading.json_schema import scenario_schema
from ssedrill.model.codec_schema import Schema
from ssedrill_faults import FAULTS

WIDTH = 100

TABLES: Mapping[str, str] = MappingProxyType(
    {
        "stream": "The healthy stream that faults are applied to.",
        "server": "How the server is set up, whatever an attempt meets.",
        "attempt": "What one request meets, in the order in which they come; without faults it is a healthy answer."
        " The last attempt holds for all later requests.",
        "call": "A group of calls over one session of the client.",
        "must": "What is broken here fails the drill.",
        "should": "What is broken here is a warning.",
    }
)
"""What the tables of a scenario file are for."""

_HEAD = re.compile(r"\[+([\w.]+)\]+")
_KEY = re.compile(r"([\w-]+)\s*=")
_FAULT = re.compile(r"\{\s*(\w+)\s*=\s*\{")


def explained(text: str) -> str:
    """Return the text with comments ahead of what they are about; nothing else of it is changed."""
    schema = scenario_schema()
    told: set[str] = set()
    lines: list[str] = []
    table = ""
    for part in _statements(text):
        if head := _HEAD.match(part):
            table = head[1]
            comments = _new(told, (table, TABLES.get(table.rpartition(".")[2], "")))
        elif key := _KEY.match(part):
            comments = _new(told, (f"{table}.{key[1]}", _meaning(schema, table, key[1])))
            if key[1] == "faults":
                faults = [name for name in _FAULT.findall(part) if name in FAULTS]
                comments += _new(told, *((f"fault {name}", f"{name}: {_about(name)}") for name in faults))
        else:
            comments = []
        lines += [line for one in comments for line in _as_comment(one)]
        lines.append(part)
    return "\n".join(lines) + "\n"


def _statements(text: str) -> Iterator[str]:
    """Cut a TOML document into its statements, comments and empty lines; a statement may have several lines."""
    part = ""
    for line in text.rstrip("\n").split("\n"):
        part = f"{part}\n{line}" if part else line
        try:
            tomllib.loads(part)
        except tomllib.TOMLDecodeError:
            if part:  # so far half of a list or of a text
                continue
        yield part
        part = ""
    if part:
        yield part


def _new(told: set[str], *comments: tuple[str, str]) -> list[str]:
    """Return those comments that say something and have not been made, and note that they are."""
    new = {about: said for about, said in comments if said and about not in told}
    told.update(new)
    return list(new.values())


def _meaning(schema: Schema, table: str, key: str) -> str:
    """Return what is said of a key of a table; empty if nothing is."""
    at = schema
    for word in [*filter(None, table.split(".")), key]:
        at = at.get("items", at).get("properties", {}).get(word, {})
    return str(at.get("description", ""))


def _about(fault: str) -> str:
    """Return what a fault does, in a sentence."""
    return " ".join((FAULTS[fault].__doc__ or "").split("\n\n")[0].split())


def _as_comment(said: str) -> list[str]:
    return textwrap.wrap(said.replace("``", "`"), WIDTH, initial_indent="# ", subsequent_indent="# ")
