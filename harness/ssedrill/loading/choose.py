"""Which scenarios are meant: by name, family, pattern or tag; or files and folders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

from ssedrill.loading.builtin import builtin_files
from ssedrill.loading.glance import glances
from ssedrill.loading.load import builtin_scenarios, collect, distinct, load_file, load_folder
from ssedrill.loading.problems import FEW_NAMES, BadScenario, Problem, nearest, shown, shown_path
from ssedrill.model.scenario import Scenario

_OF_PATTERNS = frozenset("*?[")


def find(args: Sequence[str], *, places: bool = True) -> list[Scenario]:
    """Return the scenarios that the arguments name; all built-in ones for none.

    An argument is the name of a built-in one (``reset-mid-stream``, ``tcp/reset-mid-stream``), a file, a folder, a
    family of built-in ones (``tcp``), a pattern of their names (``"retry-after-*"``, ``"tcp/*"``) or a tag
    (``basic``). What is named twice comes once. Without ``places`` no argument is a file or a folder. Raises
    BadScenario for an unknown name, with what is near, for bad files, and if two files hold scenarios of one name.
    """
    if not args:
        return builtin_scenarios()
    files = builtin_files()
    return distinct(collect(args, lambda arg: _named(arg, files, places=places)))


def tagged(scenarios: Iterable[Scenario], tags: Sequence[str]) -> list[Scenario]:
    """Return the scenarios that have one of these tags. Raises BadScenario for a tag that none has."""
    scenarios = list(scenarios)
    check_tags(tags, {tag for scenario in scenarios for tag in scenario.tags})
    return [scenario for scenario in scenarios if not set(tags).isdisjoint(scenario.tags)]


def containing(scenarios: Iterable[Scenario], texts: Sequence[str]) -> list[Scenario]:
    """Return the scenarios with one of these texts in ``family/name``. Raises BadScenario for a text in none."""
    scenarios = list(scenarios)
    for text in texts:
        if not any(_contains(one, text) for one in scenarios):
            raise BadScenario([Problem("-k", "", f"no scenario has {shown(text)} in its name", _among(scenarios))])
    return [one for one in scenarios if any(_contains(one, text) for text in texts)]


def without(scenarios: Iterable[Scenario], words: Sequence[str], place: str = "--exclude") -> list[Scenario]:
    """Return the scenarios that no word names: as a name, a family, a pattern of either, or a tag.

    Raises BadScenario for a word that names none of them: what was left out before may have been renamed. ``place``
    is what messages call where the words stand.
    """
    scenarios = list(scenarios)
    for word in words:
        if not any(is_named(one, word) for one in scenarios):
            known = [name for one in scenarios for name in (one.name, one.family, *one.tags) if name]
            near = get_close_matches(word[:100], dict.fromkeys(known), n=3, cutoff=0.6)
            right = f"did you mean {' or '.join(near)}?" if near else _among(scenarios)
            wrong = f"no scenario here has the name, family or tag {shown(word)}"
            raise BadScenario([Problem(place, "", wrong, right)])
    return [one for one in scenarios if not any(is_named(one, word) for word in words)]


def _contains(scenario: Scenario, text: str) -> bool:
    return text.lower() in f"{scenario.family}/{scenario.name}".lower()


def is_named(scenario: Scenario, word: str) -> bool:
    """Tell whether a word names a scenario: as its name, a pattern of it, its family or a tag."""
    names = (scenario.name, f"{scenario.family}/{scenario.name}")
    return word == scenario.family or word in scenario.tags or any(fnmatchcase(name, word) for name in names)


def _among(scenarios: Sequence[Scenario]) -> str:
    return f"there are {', '.join(one.name for one in scenarios[:FEW_NAMES])}{', …' * (len(scenarios) > FEW_NAMES)}"


def check_tags(tags: Sequence[str], known: Set[str]) -> None:
    """Raise BadScenario for a tag that none of the known ones is."""
    for tag in tags:
        if tag not in known:
            right = nearest(tag, sorted(known))
            raise BadScenario([Problem("--tag", "", f"no scenario has the tag {shown(tag)}", right)])


def _named(arg: str, builtin: dict[str, Path], *, places: bool) -> list[Scenario]:
    if arg in builtin:
        return [load_file(builtin[arg])]
    path = Path(arg)
    try:
        if places and arg and path.is_dir():  # an empty name is not this folder
            return load_folder(path)
        if places and arg and (path.exists() or arg.endswith(".toml")):
            return [load_file(path)]
    except (OSError, ValueError):  # no path at all: too long, or with a null character
        pass
    if chosen := _builtin_by(arg, builtin):
        return [load_file(path) for path in chosen]
    if tagged_so := [one.name for one in glances() if arg in one.tags]:
        return [load_file(builtin[name]) for name in tagged_so]
    raise BadScenario([_unknown(arg, builtin)])


def _builtin_by(arg: str, builtin: dict[str, Path]) -> list[Path]:
    """Return the files of a family, of a name with its family, or of a pattern of either."""
    whole = {f"{path.parent.name}/{name}": path for name, path in builtin.items()}
    if arg in whole:
        return [whole[arg]]
    if _OF_PATTERNS.isdisjoint(arg):
        return [path for path in builtin.values() if path.parent.name == arg]
    return [path for name, path in whole.items() if fnmatchcase(name, arg) or fnmatchcase(path.stem, arg)]


def _unknown(arg: str, builtin: dict[str, Path]) -> Problem:
    what = shown_path(arg)[:200] or "(empty)"
    families = sorted({path.parent.name for path in builtin.values()})
    if not _OF_PATTERNS.isdisjoint(arg):
        right = "ssedrill list scenarios names all; a pattern is matched with a name, or with family/name"
        return Problem(what, "", "no built-in scenario has such a name", right)
    known = [*builtin, *families, *sorted({tag for one in glances() for tag in one.tags})]
    alike = [name for name in known if len(arg) > 2 and arg.lower() in name]
    alike.sort(key=lambda name: not name.startswith(arg.lower()))
    near = alike[:5] or get_close_matches(arg[:100], known, n=3, cutoff=0.6)
    there = f"did you mean {' or '.join(near)}?" if near else f"the families are {', '.join(families)};"
    right = f"{there} (ssedrill list scenarios names all; a file or a folder will do, too)"
    return Problem(what, "", "no such scenario, family, tag, file or folder", right)
