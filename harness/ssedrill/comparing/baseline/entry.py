"""A baseline as it is read from its file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from ssedrill.comparing.drills import Drill
from ssedrill.loading.problems import Report
from ssedrill.loading.settings import build
from ssedrill.model.record import Outcome

FILE_NAME = "ssedrill-baseline.toml"
ENTRIES = "known"
BIGGEST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """A failure that is known: of a client in a scenario, with exactly this outcome."""

    client: str
    """The name that it has in the record."""

    scenario: str
    """The name of the scenario, not its file."""

    outcome: Outcome
    """That of the runs that fail, exactly."""

    reason: str
    """Why the failure is accepted; reports show it."""

    dialect: str = ""
    """Without it the entry is for every dialect."""

    check: str = ""
    """The MUST that is broken; without it every one may be, with this outcome."""

    versions: Mapping[str, str] = field(default_factory=dict)
    """Patterns of versions for which the entry holds: of client, python, ssedrill, platform."""

    clock: Literal["virtual", "real"] | None = None
    """On which the entry holds."""

    until: date | None = None
    """The last day on which the failure is accepted."""

    file: str = ""
    """The scenario's file, as seen from the baseline's folder, if it is not built in."""

    spec: str = ""
    """What the client was given as, if it was given a name."""

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("reason must say why this failure is accepted")
        if not self.outcome.is_tested:
            raise ValueError(f"outcome can't be {self.outcome}: what was not tested is no known failure")

    def covers(self, outcome: Outcome, check: str) -> bool:
        """Tell whether this MUST may be broken in a run with this outcome."""
        return self.outcome is outcome and self.check in ("", check)

    def is_of(self, drill: Drill) -> bool:
        """Tell whether it speaks of this drill."""
        scenario, client, dialect = drill.key
        return (self.scenario, self.client) == (scenario, client) and self.dialect in ("", dialect)


@dataclass(frozen=True)
class Baseline:
    """The entries of a file."""

    path: Path
    entries: Sequence[Entry]
    text: str = ""


def read_baseline(path: Path, *, missing: str) -> Baseline:
    """Read a baseline; raises BadScenario, with every problem, its key and what would be right.

    ``missing`` is the command that writes one.
    """
    report = Report(str(path))
    text, data = "", dict[str, Any]()
    try:
        if not path.exists():
            report.add("", "there is no such baseline", f"`{missing}` writes one")
        elif not path.is_file():
            report.add("", "this is no regular file", f"name a file, such as {FILE_NAME}")
        elif path.stat().st_size > BIGGEST_BYTES:
            report.add("", "this is too large to be a baseline", f"it must have fewer than {BIGGEST_BYTES} bytes")
        report.raise_if_any()
        text = path.read_bytes().decode("utf-8-sig")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        report.add("", f"it can't be read: {error}", "write it in UTF-8, and let it be read")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        report.add("", f"this is not TOML: {error}", "mend it there")
    report.raise_if_any()
    entries = _entries(data, report)
    report.raise_if_any()
    return Baseline(path, entries, text)


def _entries(data: Mapping[str, Any], report: Report) -> list[Entry]:
    for name in data.keys() - {ENTRIES}:
        report.unknown("", name, [ENTRIES])
    tables = data.get(ENTRIES, [])
    if not isinstance(tables, list):
        report.add(ENTRIES, "this is no list of tables", f"begin each entry with [[{ENTRIES}]]")
        return []
    found = []
    for i, table in enumerate(tables):
        plain = json.loads(json.dumps(table, default=str))  # a date, wherever one stands, as it is written
        found.append(build(Entry, plain, f"{ENTRIES}[{i}]", report))
    return [entry for entry in found if entry is not None]
