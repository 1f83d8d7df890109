"""What another environment's Python is started with: it finds ssedrill's own source, and nothing else of here.

    PYTHON -I bootstrap.py probe MODULE:FUNCTION DISTRIBUTION     prints one JSON object, and ends
    PYTHON -I bootstrap.py run MODULE:FUNCTION ABILITIES          is the client, as any program is one

Isolated (-I), it has what is installed in its environment, and not what PYTHONPATH or the folder of this file hold.
The environment need not have ssedrill, nor what that needs: what is imported here is the client, and what of ssedrill
needs the standard library only. This file can be read by Python 3.7, to be able to say what is wrong with an old one.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import json
import os
import sys
from collections.abc import Callable
from importlib import metadata
from typing import Any

OLDEST = (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))
HOUSE = os.path.dirname(os.path.dirname(HERE))
BARE = ("ssedrill.clients", "ssedrill.drivers", "ssedrill_faults")
"""Packages whose tables name everything that there is, with all that it needs: here they are folders of modules."""


class Finder:
    """Finds the packages of ssedrill where this file is from, whatever the environment has under their names."""

    def __init__(self, faults: str) -> None:
        """``faults`` is the folder of the package of faults."""
        self._homes = {"ssedrill": HOUSE, "ssedrill_faults": faults}

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return where a module is, if it is one of those packages; of all else others know."""
        if name in BARE:
            folder = self._homes.get(name) or os.path.join(HOUSE, name.partition(".")[2])
            bare = importlib.machinery.ModuleSpec(name, None, is_package=True)
            bare.submodule_search_locations = [folder]
            return bare
        if name in self._homes:
            folder = self._homes[name]
            file = os.path.join(folder, "__init__.py")
            return importlib.util.spec_from_file_location(name, file, submodule_search_locations=[folder])
        return None


def loaded(path: str) -> Callable[..., Any]:
    """Import the client's function."""
    place, _, name = path.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(place), name)
    return function


def why_not(path: str) -> str:
    """Say why the client can't be run in this environment; empty if it can."""
    if sys.version_info < OLDEST:
        return f"its Python is {_dotted(sys.version_info[:2])}; ssedrill needs {_dotted(OLDEST)} or newer"
    try:
        loaded(path)
    except BaseException as error:  # a module may do anything when it is imported
        return f"importing the client failed: {type(error).__name__}: {error}"
    return ""


def version(distribution: str) -> str:
    """Return the version of a package, and of this Python, which may be another than ssedrill's."""
    try:
        found = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        found = "unknown"
    return f"{found} (Python {_dotted(sys.version_info[:3])})"


def _dotted(parts: tuple[int, ...]) -> str:
    return ".".join(map(str, parts))


def main() -> None:
    """Do what the command line says."""
    what, path, word, faults = sys.argv[1:5]
    sys.meta_path.insert(0, Finder(faults))
    if what == "probe":
        out = os.dup(1)
        os.dup2(2, 1)  # a library that greets is not to spoil the answer
        why = why_not(path)
        os.write(out, json.dumps({"why": why, "version": "" if why else version(word)}).encode())
        return
    importlib.import_module("ssedrill.drivers.other_python.client_program").main(loaded(path), word.split(","))


if __name__ == "__main__":
    main()
