"""What a project always wants: ``ssedrill.toml`` or ``[tool.ssedrill]`` of ``pyproject.toml`` in the current folder.

Whatever is given on the command line comes before it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from ssedrill.loading.problems import Report, joined, shown
from ssedrill.loading.toml_file import parse
from ssedrill.model.client_name import CLIENT_NAME

FILE = "ssedrill.toml"
_NAME = re.compile(CLIENT_NAME)
EXTENDED = {name: f"ssedrill.{name}" for name in ("faults", "dialects", "checks", "formats")}
"""Tables that a project may add to from its own files, and the groups of entry points that packages use for it."""


@dataclass(frozen=True)
class Config:
    """What was found; all of it may be empty."""

    scenarios: tuple[str, ...] = ()
    clients: Mapping[str, str] = field(default_factory=dict)  # ``NAME=SPEC`` or ``NAME@DIALECT,…=SPEC``, by name
    report: Path | None = None
    baseline: Path | None = None

    def specs(self, given: Sequence[str]) -> tuple[str, ...]:
        """Return the clients that were named, those of the configuration by what it says of them; all for none."""
        return tuple(self.clients.get(name, name) for name in given) or tuple(self.clients.values())


def load_config() -> Config:
    """Read the configuration, and have tables know what it brings. Raises BadScenario, with file and key."""
    path, table, report = _found()
    if path is None:
        return Config()
    entries = {group: _entries(table.pop(name, {}), name, report) for name, group in EXTENDED.items()}
    config = Config(
        scenarios=tuple(_texts(table.pop("scenarios", []), "scenarios", report)),
        clients=_clients(table.pop("clients", {}), report),
        report=_path(table.pop("report", None), "report", report),
        baseline=_path(table.pop("baseline", None), "baseline", report),
    )
    for name in table:
        report.unknown("", name, ("scenarios", "clients", "report", "baseline", *EXTENDED))
    report.raise_if_any()
    if any(entries.values()):
        from ssedrill_faults.extensions import announce  # with all the faults, which few configurations add to

        folders = dict.fromkeys(folder for found in entries.values() for folder, _ in found.values())
        groups = {group: {name: entry for name, (_, entry) in found.items()} for group, found in entries.items()}
        announce(path.name, folders, groups)
    return config


def configured() -> Config:
    """Return what was read when the command line began."""
    context = click.get_current_context(silent=True)
    return (context.find_object(Config) if context is not None else None) or Config()


def _found() -> tuple[Path | None, dict[str, Any], Report]:
    own, project = Path.cwd() / FILE, Path.cwd() / "pyproject.toml"
    if own.is_file():
        report = Report(FILE)
        return own, parse(own.read_bytes(), report), report
    if project.is_file() and b"ssedrill" in (data := project.read_bytes()):  # as a table, or as a dependency
        report = Report("pyproject.toml")
        tables = _table(parse(data, report).get("tool", {}), "tool", report)
        if "ssedrill" in tables:
            return project, dict(_table(tables["ssedrill"], "tool.ssedrill", report)), report.under("tool.ssedrill")
        report.raise_if_any()
    return None, {}, Report(FILE)


def _clients(value: object, report: Report) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, told in _table(value, "clients", report).items():
        key = joined("clients", name)
        if not _NAME.fullmatch(name):
            report.add(key, f"{shown(name)} is no name of a client", "write letters, digits and any of . _ + -")
        elif isinstance(told, str):
            found[name] = f"{name}={told}"
        elif isinstance(told, dict) and isinstance(told.get("spec"), str):
            dialects = _texts(told.get("dialects", []), f"{key}.dialects", report)
            found[name] = f"{name}@{','.join(dialects)}={told['spec']}" if dialects else f"{name}={told['spec']}"
            for other in told.keys() - {"spec", "dialects"}:
                report.unknown(key, other, ("spec", "dialects"))
        else:
            right = 'write app = "my_app:stream", or app = { spec = "my_app:stream", dialects = ["openai-chat"] }'
            report.add(key, f"{shown(told)} is no client", right)
    return found


def _entries(value: object, table: str, report: Report) -> dict[str, tuple[str, str]]:
    """Return the folder and the ``module:attribute`` of each name."""
    found: dict[str, tuple[str, str]] = {}
    for name, told in _table(value, table, report).items():
        key, right = f"{table}.{name}", f'write {name} = "my_file.py:MyThing" or "my_package.module:MyThing"'
        place, _, attribute = told.rpartition(":") if isinstance(told, str) else ("", "", "")
        file = Path(place)
        if not place or not attribute.isidentifier():
            report.add(key, f"{shown(told)} names nothing in a file", right)
        elif not place.endswith(".py"):
            found[name] = (str(Path.cwd()), f"{place}:{attribute}")
        elif not file.is_file():
            report.add(key, f"there is no file {shown(place)}", right)
        elif file.stem in sys.stdlib_module_names or not file.stem.isidentifier():
            report.add(key, f"{shown(file.name)} can't be imported under that name", "give the file another name")
        else:
            found[name] = (str(file.resolve().parent), f"{file.stem}:{attribute}")
    return found


def _table(value: object, key: str, report: Report) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    report.add(key, f"{shown(value)} is no table", f"write [{key}] and a line for each under it")
    return {}


def _texts(value: object, key: str, report: Report) -> list[str]:
    if isinstance(value, list) and all(isinstance(one, str) and one for one in value):
        return value
    report.add(key, f"{shown(value)} is no list of names", f'write {key.rpartition(".")[2]} = ["one", "two"]')
    return []


def _path(value: object, key: str, report: Report) -> Path | None:
    if value is None:
        return None
    if isinstance(value, str) and value:
        return Path.cwd() / value
    report.add(key, f"{shown(value)} is no path", f'write {key} = "a/path"')
    return None
