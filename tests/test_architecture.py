"""The rooms of ARCHITECTURE.md hold, imports inside functions and for type checkers included."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"ssedrill": ROOT / "harness" / "ssedrill", "ssedrill_faults": ROOT / "faults" / "ssedrill_faults"}
PAGE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
FLOORS = [line.split() for line in re.search(r"```layers\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()]
ROOMS = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
MOST_ROOMS = 16
LONGEST_LINES = 300
MEDIAN_LINES = 100

OUTSIDE_WORLD = {
    "socket": {"ssedrill.server", "ssedrill.clock"},
    "subprocess": {"ssedrill.clock", "ssedrill.drivers"},
    "multiprocessing": {"ssedrill.running"},
    "threading": {"ssedrill.clock", "ssedrill.drivers", "ssedrill.running", "ssedrill.server", "ssedrill.cli"},
    "_thread": {"ssedrill.clock"},
    "signal": {"ssedrill.__main__", "ssedrill.cli", "ssedrill.clock", "ssedrill.drivers", "ssedrill.running"},
}
"""Who may touch sockets, processes and threads. Clients may do everything: they are what is drilled."""


def modules() -> dict[str, Path]:
    """Return every module of both packages with its file."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            found[".".join((package, *parts))] = path
    return found


ALL = modules()


@cache
def tree(module: str) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(ALL[module].read_text("utf-8"))


@cache
def names_imported(module: str) -> frozenset[str]:
    """Return every name that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def imported(module: str) -> set[str]:
    """Return our own modules that a module imports."""
    return {name for name in names_imported(module) if name in ALL and name not in ("ssedrill", module)}


def room(module: str) -> str:
    """Return the package of the list of rooms that a module lies in."""
    return "ssedrill_faults" if module.startswith("ssedrill_faults") else ".".join(module.split(".")[:2])


def inner(module: str, package: str) -> str:
    """Return the module or sub-package of a package that a module lies in."""
    depth = package.count(".") + 2
    return ".".join(module.split(".")[:depth])


def arrows(name_of, among) -> dict[str, set[str]]:
    """Return which places import which, where a place is what ``name_of`` makes of a module."""
    graph: dict[str, set[str]] = {}
    for module in among:
        graph.setdefault(name_of(module), set())
        graph[name_of(module)] |= {name_of(other) for other in imported(module) if other in among}
    return {place: others - {place} for place, others in graph.items()}


def circle(graph: dict[str, set[str]]) -> list[str] | None:
    """Return a circle in a graph, or None where there is none."""
    done: set[str] = set()

    def visit(place: str, path: list[str]) -> list[str] | None:
        if place in path:
            return [*path[path.index(place) :], place]
        if place in done:
            return None
        found = next((c for other in sorted(graph[place]) if (c := visit(other, [*path, place]))), None)
        done.add(place)
        return found

    return next((found for place in sorted(graph) if (found := visit(place, []))), None)


def packages() -> list[str]:
    """Return every package, the roots included."""
    return sorted(module for module, path in ALL.items() if path.name == "__init__.py")


def test_the_circle_finder_finds_circles():
    """A circle is found at any distance, and none where there is none."""
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


def test_the_root_holds_packages_only():
    """Beside the packages there are ``__init__`` and ``__main__``, and nothing else."""
    files = {path.name for path in PACKAGES["ssedrill"].iterdir() if path.is_file()}
    assert files == {"__init__.py", "__main__.py", "py.typed"}


def test_every_room_is_on_the_page():
    """The page lists exactly the packages that there are, and not too many."""
    there = {room(module) for module in ALL} - {"ssedrill", "ssedrill.__main__"}
    assert set(ROOMS) == there
    assert len(there) <= MOST_ROOMS


@pytest.mark.parametrize("module", sorted(ALL))
def test_imports_go_down(module):
    """A module imports from its own room or from one on a lower floor."""
    mine = room(module)
    others = {room(name) for name in imported(module)} - {mine}
    if module == "ssedrill.__main__":
        assert others == {"ssedrill.cli"}
    elif module != "ssedrill":  # the public API gathers what it offers from everywhere but the command line
        assert {other for other in others if ROOMS[other] >= ROOMS[mine]} == set()


def test_no_circle_between_rooms():
    """No two rooms import each other, at any distance."""
    assert circle(arrows(room, ALL.keys() - {"ssedrill"})) is None


@pytest.mark.parametrize("package", packages())
def test_no_circle_inside(package):
    """Inside a package no two of its modules or sub-packages import each other, at any distance."""
    mine = {module for module in ALL if module.startswith(f"{package}.")}
    assert circle(arrows(lambda module: inner(module, package), mine)) is None


def test_no_circle_between_modules():
    """No two modules import each other, at any distance."""
    assert circle(arrows(lambda module: module, ALL.keys())) is None


@pytest.mark.parametrize("module", sorted(ALL))
def test_only_some_rooms_touch_the_outside_world(module):
    """Sockets, processes and threads are the business of a few rooms; all the others are pure."""
    if room(module) == "ssedrill.clients":
        return
    for name, allowed in OUTSIDE_WORLD.items():
        if name in names_imported(module):
            assert room(module) in allowed, f"{module} imports {name}"


@pytest.mark.parametrize("name", OUTSIDE_WORLD)
def test_who_may_touch_it_does(name):
    """No room is allowed what it does not do."""
    does = {room(module) for module in ALL if name in names_imported(module)} - {"ssedrill.clients"}
    assert does == OUTSIDE_WORLD[name]


def test_the_ground_floor_needs_nothing():
    """The faults import the standard library and themselves, nothing else."""
    for module in ALL:
        if module.startswith("ssedrill_faults"):
            for name in names_imported(module):
                top = name.split(".")[0]
                assert top == "ssedrill_faults" or top in sys.stdlib_module_names, f"{module} imports {name}"


SOURCES = ("*.py", "*.c", "*.h")


def sources() -> list[Path]:
    """Return the source files of both packages."""
    return sorted(path for folder in PACKAGES.values() for kind in SOURCES for path in folder.rglob(kind))


def length(path: Path) -> int:
    """Return how many lines a file has."""
    return len(path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_no_file_is_too_long(path):
    """What is longer holds a second concept."""
    assert length(path) <= LONGEST_LINES


def test_most_files_are_short():
    """Half of the files have fewer lines than this."""
    lengths = sorted(map(length, sources()))
    assert lengths[len(lengths) // 2] < MEDIAN_LINES
