"""What the built-in scenarios say of themselves, read without the proof that they can be drilled: tests have it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from ssedrill.loading.builtin import builtin_files


@dataclass(frozen=True)
class Glance:
    """A built-in scenario, as far as a list tells it."""

    name: str
    family: str
    about: str
    tags: tuple[str, ...]


def glances() -> list[Glance]:
    """Return the built-in scenarios by family and name. Raises BadScenario if they are not there."""
    return [_glance(path) for path in builtin_files().values()]


def _glance(path: Path) -> Glance:
    told = tomllib.loads(path.read_text("utf-8"))
    about = " ".join(str(told["about"]).split())
    return Glance(path.stem, path.parent.name, about, tuple(told.get("tags", ())))
