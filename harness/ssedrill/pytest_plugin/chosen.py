"""Which scenarios a test's markers name: built-in ones, or a project's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ssedrill.loading.choose import find, is_named, without
from ssedrill.loading.load import distinct, load_file, load_folder
from ssedrill.loading.problems import BadScenario
from ssedrill.model.scenario import Scenario
from ssedrill.pytest_plugin.names import FOLDERS, MARK
from ssedrill.pytest_plugin.settings import check_marker


@dataclass(frozen=True)
class Chosen:
    """A scenario for one test item; ``alone``: the marker names it and no other."""

    scenario: Scenario
    alone: bool


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Make a test item for each scenario; an error of the collection if a marker can't be used."""
    item = metafunc.definition
    marks = list(item.iter_markers(MARK))
    for mark in marks:
        check_marker(mark)
    naming = next((mark for mark in marks if mark.args), None)
    if naming is None:
        if any("exclude" in mark.kwargs for mark in marks):
            pytest.fail("exclude takes scenarios out of those that a marker names, and none names any", pytrace=False)
        return
    if MARK not in metafunc.fixturenames:
        if naming in item.own_markers:
            named = ", ".join(naming.args)
            pytest.fail(f"{item.name} is marked for {named}, and takes no `{MARK}`: it tests nothing", pytrace=False)
        return
    try:
        found = chosen(naming.args, _words(naming.kwargs.get("exclude", ())), item.path.parent, item.config)
    except BadScenario as bad:
        raise pytest.fail.Exception(str(bad), pytrace=False) from None
    metafunc.parametrize(MARK, found, indirect=True, ids=[one.scenario.name for one in found])


def chosen(names: Sequence[str], exclude: Sequence[str], here: Path, config: pytest.Config) -> list[Chosen]:
    """Return the scenarios of some names without those that are excluded.

    A file is looked for beside the test and in pytest's root folder; a name, among a project's own first. Raises
    BadScenario, also for an exclude that names nothing; fails for one that leaves nothing.
    """
    own = _own(tuple(Path(folder) for folder in config.getini(FOLDERS)))
    found = distinct(one for name in names for one in _named(name, own, (here, config.rootpath)))
    left = without(found, exclude, f"@pytest.mark.{MARK}(exclude=...)")
    if not left:
        pytest.fail(f"exclude leaves none of {_some(found)}", pytrace=False)
    alone = len(found) == 1
    return [Chosen(one, alone) for one in left]


@cache
def _own(folders: tuple[Path, ...]) -> tuple[Scenario, ...]:
    """Return the scenarios of a project's own folders."""
    return tuple(distinct(one for folder in folders for one in load_folder(folder)))


def _named(name: str, own: Iterable[Scenario], folders: Iterable[Path]) -> list[Scenario]:
    if name.endswith(".toml"):
        files = [folder / name for folder in folders]
        return [load_file(next((file for file in files if file.exists()), files[0]))]
    if exactly := [one for one in own if name in (one.name, f"{one.family}/{one.name}")]:
        return exactly
    mine = [one for one in own if is_named(one, name)]
    try:
        return [*mine, *_builtin(name)]
    except BadScenario:
        if not mine:
            raise
        return mine


@cache
def _builtin(name: str) -> tuple[Scenario, ...]:
    """Return the built-in scenarios that a name means. Raises BadScenario if there are none."""
    return tuple(find([name], places=False))


def _some(scenarios: Sequence[Scenario]) -> str:
    names = [one.name for one in scenarios]
    return ", ".join(names) if len(names) < 6 else f"{', '.join(names[:5])} and {len(names) - 5} more"


def _words(exclude: object) -> Sequence[str]:
    words = [exclude] if isinstance(exclude, str) else exclude
    if not isinstance(words, (list, tuple)) or not all(isinstance(one, str) for one in words):
        pytest.fail(f"exclude is a pattern or a list of patterns; {exclude!r:.60} is neither", pytrace=False)
    return words
