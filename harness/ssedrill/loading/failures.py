"""Lists of failures that were seen in production, to be laid beside the scenarios that stand for them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ssedrill.loading.problems import BadScenario, Problem, shown, shown_path
from ssedrill.model.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which streams break."""

    code: str
    name: str  # as scenarios are named, and as their ``covers`` have it


def read_failures(path: Path) -> list[Failure]:
    """Return the failures of a TOML file with one ``[[failure]]`` each, of ``code`` and ``name``.

    Raises BadScenario if it can't be read or used.
    """
    file = shown_path(str(path))
    right = 'write [[failure]] tables with code = "A1" and name = "tcp-rst-mid-stream"'
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = (error.strerror or "it can't be read").lower() if isinstance(error, OSError) else "not TOML in UTF-8"
        raise BadScenario([Problem(file, "", why, right)]) from None
    tables = document.get("failure")
    if not isinstance(tables, list) or not tables:
        raise BadScenario([Problem(file, "failure", "missing or empty", right)])
    found: list[Failure] = []
    for i, table in enumerate(tables):
        words = [table.get(key) for key in ("code", "name")] if isinstance(table, dict) else [None]
        if not all(isinstance(word, str) and word for word in words):
            raise BadScenario([Problem(file, f"failure[{i}]", f"{shown(words[-1])} is no name", right)])
        found.append(Failure(str(words[0]), str(words[1])))
    return found


def missing(failures: Iterable[Failure], scenarios: Iterable[Scenario]) -> list[Failure]:
    """Return the failures that no scenario stands for, by its own name or by what it covers."""
    covered = {name for scenario in scenarios for name in (scenario.name, *scenario.covers)}
    return [failure for failure in failures if failure.name not in covered]
