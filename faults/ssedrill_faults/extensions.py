"""Tables that installed packages can add to: faults here, and dialects, clients, formats, checks and drivers above.

A package names what it brings in its own ``pyproject.toml``, under the group of the table::

    [project.entry-points."ssedrill.faults"]
    hiccup = "my_package.hiccup:HiccupFault"

They are looked up and loaded when a table is first read (https://packaging.python.org/specifications/entry-points/).
A project that is no package names them in its configuration; :func:`announce` says so to this process and to those
that it starts. What can't be used is an error that names the package: a drill that lacks a fault or a client without
a word would prove less than it says.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from typing import Any, Generic, TypeVar

T = TypeVar("T")

OWN = "ssedrill"
"""The source of what is built in."""

ANNOUNCED = "SSEDRILL_EXTENSIONS"
"""The environment variable that tells what a project's configuration brings, as JSON: by group, names and entries."""


class BadExtension(ValueError):
    """An installed package brings something that can't be used; the message names it and what would be right."""


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    thing: T
    source: str


class Table(Mapping[str, T]):
    """Things by their names: first those that are built in, in their order, then those of installed packages.

    ``wrong(name, thing)`` says what is wrong with a thing that a package brings under this name, or returns None;
    ``make`` turns the entry point into the thing, if it is not the thing itself. Whatever reads the table raises
    BadExtension if a package brings something that can't be loaded, is wrong, or has a name that is taken.
    """

    def __init__(
        self,
        group: str,
        builtin: Mapping[str, T],
        wrong: Callable[[str, object], str | None],
        make: Callable[[metadata.EntryPoint], object] = lambda entry: entry.load(),
    ) -> None:
        self.group = group
        self._builtin = builtin
        self._wrong = wrong
        self._make = make

    def __getitem__(self, name: str) -> T:
        if name in self._builtin:  # without a look at what is installed
            return self._builtin[name]
        return self._brought[name].thing

    def __contains__(self, name: object) -> bool:
        return name in self._builtin or name in self._brought

    def __iter__(self) -> Iterator[str]:
        return iter([*self._builtin, *self._brought])

    def __len__(self) -> int:
        return len(self._builtin) + len(self._brought)

    def built_in(self, name: str) -> bool:
        """Tell whether a thing is built in, without a look at what is installed."""
        return name in self._builtin

    def entry_point(self, name: str) -> metadata.EntryPoint:
        """Return what an installed package says of a thing that it brings. Raises KeyError."""
        try:
            return next(entry for entry in metadata.entry_points(group=self.group) if entry.name == name)
        except StopIteration:
            raise KeyError(name) from None

    def source(self, name: str) -> str:
        """Return where a thing comes from: ``ssedrill``, or the name and version of a package. Raises KeyError."""
        return OWN if name in self._builtin else self._brought[name].source

    @cached_property
    def _brought(self) -> dict[str, _Entry[T]]:
        """What installed packages, and projects, bring."""
        found: dict[str, _Entry[T]] = {}
        installed = sorted(metadata.entry_points(group=self.group), key=lambda entry: (entry.name, entry.value))
        for entry in [*installed, *announced(self.group)]:
            source = f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else _project()
            who = f"{source} brings {entry.name} = {entry.value} ({self.group})"
            if entry.name in self._builtin or entry.name in found:
                first = found[entry.name].source if entry.name in found else OWN
                raise BadExtension(f"{who}, but {first} has that name already: uninstall one of them")
            try:
                thing = self._make(entry)
            except Exception as error:
                said = f"{type(error).__name__}: {error}".rstrip(": ")
                raise BadExtension(f"{who}, which can't be loaded ({said}): mend or uninstall it") from error
            if why := self._wrong(entry.name, thing):
                raise BadExtension(f"{who}, {why}: mend or uninstall it")
            found[entry.name] = _Entry(thing, source)  # type: ignore[arg-type]  # it is what `wrong` says
        return found


def announce(source: str, folders: Iterable[str], entries: Mapping[str, Mapping[str, str]]) -> None:
    """Have the tables of this process, and of those that it starts, take what a project's configuration brings.

    ``entries`` has a table's group and in it names with ``module:attribute``; ``folders`` is where modules may lie
    besides the Python path, and ``source`` what messages call the configuration.
    """
    sys.path += [folder for folder in folders if folder not in sys.path]
    os.environ[ANNOUNCED] = json.dumps({"source": source, "entries": entries})


def announced(group: str) -> list[metadata.EntryPoint]:
    """Return what a project's configuration brings to a table."""
    entries = _announced().get("entries", {}).get(group, {})
    return [metadata.EntryPoint(name, value, group) for name, value in entries.items()]


def _project() -> str:
    return str(_announced().get("source", "an unknown package"))


def _announced() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(os.environ.get(ANNOUNCED, "{}"))
    return found
