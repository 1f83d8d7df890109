"""Which installed distributions a client's module uses, with their versions: a verdict is about those."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType

MOST_FILES = 200
"""So many files of the user's own are looked through."""

_OWN = frozenset({"ssedrill", "ssedrill_faults"})


def versions_used(module: str) -> str:
    """Return the distributions that a module imports, itself or by modules of the same project: ``httpx 0.28.1, …``.

    What it imports when it is called counts too. Empty if it imports none, or has no source.
    """
    waiting, seen, found = [module], {module}, dict[str, str]()
    while waiting and len(seen) <= MOST_FILES:
        source = _source(sys.modules.get(waiting.pop()))
        for name in _imported(source) if source is not None else ():
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top in _OWN:
                continue
            told = _distribution(top)
            if told is not None:
                found[told[0]] = told[1]
            elif name not in seen:
                seen.add(name)
                waiting.append(name)
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()))


def _source(module: ModuleType | None) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file) if isinstance(file, str) and file.endswith(".py") else None


def _imported(source: Path) -> Iterator[str]:
    """Give the names of the modules that a file imports; relative ones are of the same project, and are left out."""
    try:
        tree = ast.parse(source.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module


def _distribution(top: str) -> tuple[str, str] | None:
    """Return the distribution that a module at the top is from; None if it is the user's own."""
    if not re.fullmatch(r"\w+", top):
        return None
    try:
        return metadata.metadata(top)["Name"].lower(), metadata.version(top)
    except metadata.PackageNotFoundError:
        pass
    names = _distributions().get(top)
    return (names[0].lower(), metadata.version(names[0])) if names else None


@cache
def _distributions() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()
