"""Scenario files: read one, read those that are shipped, find those that were asked for.

Whatever is wrong with a file comes out as one :class:`~ssedrill.loading.problems.BadScenario` that names the file,
the key, what is wrong and what would be right, for all its problems at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from ssedrill.dialects import ALL, DIALECTS
from ssedrill.loading.bounds import check_bounds
from ssedrill.loading.builtin import builtin_folder, scenario_files
from ssedrill.loading.calls import variants
from ssedrill.loading.never_asked import check_asked
from ssedrill.loading.problems import BadScenario, Problem, Report, shown_path
from ssedrill.loading.settings import named_key
from ssedrill.loading.stops import check_stops
from ssedrill.loading.toml_file import parse
from ssedrill.loading.toml_scenario import check_shapes, read_scenario
from ssedrill.loading.ways_back import check_ways_back, lacks_way_back
from ssedrill.model.scenario import Attempt, Scenario
from ssedrill.planning.blame import to_blame
from ssedrill.planning.compile import trial
from ssedrill_faults.extensions import OWN
from ssedrill_faults.fault import Fault, Impossible, NotInDialect

T = TypeVar("T")

BIGGEST_BYTES = 256 * 1024
"""A scenario file is a page of text; what is bigger than this is something else."""

MOST_DOTS = 100
"""More of them in one line may be a key so deep that reading it takes all memory (its cost is quadratic)."""


def load_file(path: Path | str) -> Scenario:
    """Return the scenario in a file, which is called as the scenario is.

    Raises BadScenario if it can't be read or used.
    """
    path = Path(path)
    report = Report(str(path))
    try:
        if path.is_dir():
            report.add("", "this is a folder", "name a .toml file in it")
        elif not path.exists():
            report.add("", "there is no such file", "check the path")
        elif not path.is_file():
            report.add("", "this is no regular file", "name a .toml file")
        report.raise_if_any()
        with path.open("rb") as file:
            data = file.read(BIGGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "its name is none"
        report.add("", f"it can't be read: {why.lower()}", "check its path and its permissions")
        report.raise_if_any()
        raise AssertionError("unreachable") from error
    scenario = _load(data, report, path.resolve().parent.name)
    if scenario.name != path.name.removesuffix(".toml"):
        right = f"call the file {scenario.name}.toml, or the scenario after its file"
        report.add("name", f'"{scenario.name}" is not what the file is called', right)
        report.raise_if_any()
    return scenario


def load_text(text: str, source: str = "<text>", family: str = "") -> Scenario:
    """Return the scenario in a text; ``source`` is what messages call it, ``family`` the folder that it is from.

    Raises BadScenario if it can't be used.
    """
    return _load(text.encode("utf-8", "surrogatepass"), Report(source), family)


def load_document(document: Mapping[str, object], source: str) -> Scenario:
    """Return the scenario in a document, as TOML would give it; ``source`` is what messages call it.

    Raises BadScenario if it can't be used.
    """
    return _read(document, Report(source), "")


def load_folder(folder: Path) -> list[Scenario]:
    """Return the scenarios of all .toml files in a folder and the folders in it, in the order of their paths.

    Raises BadScenario with the problems of all files together, and if there is no file.
    """
    files = scenario_files(folder)
    if not files:
        raise BadScenario([Problem(shown_path(str(folder)), "", "no scenario in this folder", "name another one")])
    return _load_all(files)


def builtin_scenarios() -> list[Scenario]:
    """Return the scenarios that come with ssedrill, by family and name. Raises BadScenario as :func:`load_file`."""
    return list(_builtin(tuple(DIALECTS)))


@cache
def _builtin(known: tuple[str, ...]) -> tuple[Scenario, ...]:
    """Load them, once for each state of the table of dialects, since they say "all"."""
    return tuple(load_folder(builtin_folder()))


def _load_all(files: Iterable[Path]) -> list[Scenario]:
    return distinct(collect(files, lambda path: [load_file(path)]))


def collect(items: Iterable[T], load: Callable[[T], list[Scenario]]) -> list[Scenario]:
    """Load them all; raise one BadScenario with the problems of all of them."""
    found: list[Scenario] = []
    problems: list[Problem] = []
    for item in items:
        try:
            found += load(item)
        except BadScenario as bad:
            problems += bad.problems
    if problems:
        raise BadScenario(problems)
    return found


def distinct(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Leave out what came twice from one file; raise BadScenario if two files use one name."""
    found: dict[str, Scenario] = {}
    problems = []
    for scenario in scenarios:
        first = found.setdefault(scenario.name, scenario)
        if Path(first.source).resolve() != Path(scenario.source).resolve():
            right = f"rename one of them: {shown_path(first.source)} has this name too"
            problems.append(Problem(shown_path(scenario.source), "name", f'"{scenario.name}" is taken', right))
    if problems:
        raise BadScenario(problems)
    return list(found.values())


def _load(data: bytes, report: Report, family: str) -> Scenario:
    return _read(_parse(data, report), report, family)


def _read(document: Mapping[str, object], report: Report, family: str) -> Scenario:
    check_shapes(document, report)
    report.raise_if_any()
    scenario = read_scenario(document, family, report)
    if scenario is not None:
        if document["dialects"] == ALL:
            scenario = _that_fit(scenario)
        _prove(scenario, report)
        report.raise_if_any()
        check_asked(scenario, report)
        check_bounds(scenario, report)
        check_stops(scenario, report)
    report.raise_if_any()
    assert scenario is not None, "a scenario that can't be made has problems to tell"
    return scenario


def _parse(data: bytes, report: Report) -> dict[str, object]:
    if len(data) > BIGGEST_BYTES:
        report.add("", f"bigger than {BIGGEST_BYTES // 1024} KiB", "a scenario is a page of text: cut it down")
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.count(b".") > MOST_DOTS:
            report.add("", f"line {number} has more than {MOST_DOTS} dots", "break the line, or write a simpler key")
    report.raise_if_any()
    return parse(data, report)


def _that_fit(scenario: Scenario) -> Scenario:
    """Leave out of "all" the dialects that lack what a fault needs, and those of packages in which it is impossible.

    A place that an answer of ours has not stays an error: there the author must say which dialects are meant.
    """
    fitting = tuple(name for name in scenario.dialects if _fits(scenario, name))
    return replace(scenario, dialects=fitting) if fitting else scenario


def _fits(scenario: Scenario, dialect: str) -> bool:
    if any(lacks_way_back(attempt, dialect) for attempt in scenario.all_attempts):
        return False
    try:
        for one in variants(scenario):
            trial(replace(one.scenario, dialects=(dialect,)))
    except NotInDialect:
        return False
    except Impossible:
        return DIALECTS.source(dialect) == OWN
    return True


def _prove(scenario: Scenario, report: Report) -> None:
    """Compile every attempt in every dialect, and note the faults that can't be applied."""
    for one in variants(scenario):
        _prove_calls(one.scenario, report.under(one.place))
        check_ways_back(one.scenario, report.under(one.place))


def _prove_calls(scenario: Scenario, report: Report) -> None:
    for i, attempt in enumerate(scenario.attempts):
        why = _impossible(scenario, i, attempt.faults) if attempt.faults else None
        if why is None:
            continue
        faults = attempt.faults
        blamed = to_blame(faults, partial(_impossible, scenario, i))
        # The one that the reason is about; else the last, which could be there if the others were not.
        at = next((j for j in blamed if why.startswith(f"{faults[j].name} ")), blamed[-1])
        others = " and ".join(f"{faults[j].name} (faults[{j}])" for j in blamed if j != at)
        path, why = named_key(type(faults[at]), why, f"attempt[{i}].faults[{at}].{faults[at].name}")
        why += f"; it would be possible without {others}" if others else ""
        answer = "an answer without streaming" if attempt.is_for_whole else "the answer"
        report.add(path, why, f"choose what {answer} has, in each of the scenario's dialects")


def _impossible(scenario: Scenario, before: int, faults: Sequence[Fault]) -> str | None:
    """Say why these faults can't be an attempt of this scenario; attempt and fault are left out of the reason.

    ``before``: how many attempts come before it.
    """
    one = replace(scenario.attempts[before], faults=tuple(faults))
    try:
        trial(replace(scenario, attempts=(*[Attempt()] * min(before, 1), one)), judged=True)
    except Impossible as error:
        named = re.fullmatch(r"attempt [12], [\w ]+ \(([\w-]+)\): (.*)", str(error), re.DOTALL)
        return f"{named[2]} (in {named[1]})" if named else str(error)
    return None
