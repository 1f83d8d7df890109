"""Whether what a baseline names exists: a name that is nowhere would make an entry that never says anything."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from pathlib import Path

from ssedrill.clients import CLIENTS
from ssedrill.comparing.baseline.entry import ENTRIES, Baseline, Entry
from ssedrill.dialects import DIALECTS
from ssedrill.judging.checks import CHECKS
from ssedrill.loading.builtin import builtin_files
from ssedrill.loading.problems import Report, shown
from ssedrill.model.scenario import Scenario

CLIENT = "client"
"""Among the versions of a condition, that of the entry's client."""


def check_names(
    baseline: Baseline, *, scenarios: Iterable[Scenario], clients: Iterable[str], versions: Iterable[str]
) -> None:
    """Raise BadScenario if an entry names what is nowhere.

    A scenario is built in, one of these, or in the file that the entry names; a client is built in, one of these, or
    has a specification. ``versions`` are the names of what a record has versions of, besides clients.
    """
    report = Report(str(baseline.path))
    of_run = {one.name for one in scenarios}
    known_clients = {*CLIENTS, *clients}
    for i, entry in enumerate(baseline.entries):
        place = f"{ENTRIES}[{i}]"
        _check_scenario(entry, place, baseline.path.parent, {*builtin_files(), *of_run}, report)
        if not entry.spec and ":" not in entry.client:
            _check(entry.client, known_clients, f"{place}.client", "client", report)
        if entry.dialect:
            _check(entry.dialect, [*DIALECTS], f"{place}.dialect", "dialect", report)
        if entry.check:
            _check(entry.check, [*CHECKS], f"{place}.check", "check", report)
        for name in entry.versions:
            _check(name, [CLIENT, *versions], f"{place}.versions.{name}", "version", report)
    report.raise_if_any()


def _check_scenario(entry: Entry, place: str, folder: Path, known: Collection[str], report: Report) -> None:
    if entry.scenario in known:
        return
    if not entry.file:
        _check(entry.scenario, known, f"{place}.scenario", "scenario", report, or_else="name its file, by file = ...")
        return
    called = _name_in(folder / entry.file)
    if called is None:
        there = [file.stem for file in sorted((folder / entry.file).parent.glob("*.toml"))]
        wrong = f"there is no scenario {shown(entry.scenario)} in {shown(entry.file)}"
        near = get_close_matches(entry.scenario[:100], there, n=3, cutoff=0.5)
        right = f"did you mean {' or '.join(near)}?" if near else "say where it is, or take the entry out"
        report.add(f"{place}.scenario", wrong, right)
    elif called != entry.scenario:
        wrong = f"the scenario in {shown(entry.file)} is not called {shown(entry.scenario)}"
        report.add(f"{place}.scenario", wrong, f"did you mean {called}?")


def _check(name: str, known: Collection[str], place: str, what: str, report: Report, *, or_else: str = "") -> None:
    if name in known:
        return
    near = get_close_matches(name[:100], known, n=3, cutoff=0.6)
    right = f"did you mean {' or '.join(near)}?" if near else or_else or f"ssedrill list {what}s names them"
    report.add(place, f"there is no {what} {shown(name)}", right)


def _name_in(file: Path) -> str | None:
    try:
        name = tomllib.loads(file.read_text("utf-8")).get("name")
    except (OSError, ValueError):
        return None
    return name if isinstance(name, str) else None
