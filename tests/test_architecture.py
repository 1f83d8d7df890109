"""The rooms of ARCHITECTURE.md hold, imports inside functions and for type checkers included."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from ssedrill.drivers.driver import DriverKind

ROOT = Path(__file__).parent.parent
PACKAGES = {"ssedrill": ROOT / "harness" / "ssedrill", "ssedrill_faults": ROOT / "faults" / "ssedrill_faults"}
PAGE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
FLOORS = [line.split() for line in re.search(r"```layers\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()]
ROOMS = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
MOST_ROOMS = 17
LONGEST_LINES = 300
MEDIAN_LINES = 100

OUTSIDE_WORLD = {
    "socket": {"ssedrill.server", "ssedrill.clock", "ssedrill.running", "ssedrill.serving"},
    "aiohttp": {"ssedrill.drivers", "ssedrill.serving"},
    "subprocess": {"ssedrill.campaign", "ssedrill.cli", "ssedrill.clock", "ssedrill.drivers", "ssedrill.running"},
    "multiprocessing": set(),
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


def test_imports_go_down():
    """A module imports from its own room or from one on a lower floor."""
    for module in sorted(ALL):
        mine = room(module)
        others = {room(name) for name in imported(module)} - {mine}
        if module == "ssedrill.__main__":
            assert others == {"ssedrill.cli"}
        elif module != "ssedrill":  # the public API gathers what it offers from everywhere but the command line
            assert {other for other in others if ROOMS[other] >= ROOMS[mine]} == set(), module


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


def test_only_some_rooms_touch_the_outside_world():
    """Sockets, processes and threads are the business of a few rooms; all the others are pure."""
    for module in sorted(name for name in ALL if room(name) != "ssedrill.clients"):
        for name, allowed in OUTSIDE_WORLD.items():
            if name in names_imported(module):
                assert room(module) in allowed, f"{module} imports {name}"


@pytest.mark.parametrize("name", OUTSIDE_WORLD)
def test_who_may_touch_it_does(name):
    """No room is allowed what it does not do."""
    does = {room(module) for module in ALL if name in names_imported(module)} - {"ssedrill.clients"}
    assert does == OUTSIDE_WORLD[name]


CODINGS = {"brotli", "zstandard"}
"""The two content codings that the standard library has not."""


def test_the_ground_floor_needs_next_to_nothing():
    """The faults import the standard library and themselves, and one module the codings of bodies."""
    for module in ALL:
        if module.startswith("ssedrill_faults"):
            for name in names_imported(module):
                top = name.split(".")[0]
                if top in CODINGS:
                    assert module == "ssedrill_faults.http.codings"
                    continue
                assert top == "ssedrill_faults" or top in sys.stdlib_module_names, f"{module} imports {name}"


SOURCES = ("*.py", "*.c", "*.h")


def sources() -> list[Path]:
    """Return the source files of both packages."""
    return sorted(path for folder in PACKAGES.values() for kind in SOURCES for path in folder.rglob(kind))


def length(path: Path) -> int:
    """Return how many lines a file has."""
    return len(path.read_text("utf-8").splitlines())


def test_no_file_is_too_long():
    """What is longer holds a second concept."""
    assert [path for path in sources() if length(path) > LONGEST_LINES] == []


def test_most_files_are_short():
    """Half of the files have fewer lines than this."""
    lengths = sorted(map(length, sources()))
    assert lengths[len(lengths) // 2] < MEDIAN_LINES


def members(node: ast.ClassDef) -> set[str]:
    """Return the names of a class's methods and attributes."""
    functions = {one.name for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    assigned = {one.target for one in node.body if isinstance(one, ast.AnnAssign)}
    assigned |= {target for one in node.body if isinstance(one, ast.Assign) for target in one.targets}
    return functions | {target.id for target in assigned if isinstance(target, ast.Name)}


def fulfilling(protocol: str, where: str) -> set[str]:
    """Return the names of a protocol and of all classes in its room that have everything it asks for."""
    classes = [
        node
        for module in ALL
        if room(module) == where
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ClassDef)
    ]
    (asked,) = (members(node) for node in classes if node.name == protocol)
    return {node.name for node in classes if asked <= members(node)}


CLASSES = fulfilling("Clock", "ssedrill.clock") | fulfilling("Driver", "ssedrill.drivers")
KINDS = set(get_args(DriverKind))


def asked_what_it_is(code: ast.Module) -> list[int]:
    """Return the lines that ask a clock or a driver of what class or kind it is, not for what they need to know."""
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(code)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    def is_class(node: ast.AST) -> bool:
        name = names.get(node.id, node.id) if isinstance(node, ast.Name) else getattr(node, "attr", "")
        return name in CLASSES

    def has_class(node: ast.AST) -> bool:
        return any(is_class(one) for one in ast.walk(node))

    def has_kind(nodes: list[ast.AST]) -> bool:
        return any(isinstance(one, ast.Constant) and one.value in KINDS for node in nodes for one in ast.walk(node))

    def asks(node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return node.func.id in ("isinstance", "issubclass") and any(map(has_class, node.args[1:]))
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            of_kind = any(isinstance(side, ast.Attribute) and side.attr == "kind" for side in sides)
            return any(map(is_class, sides)) or (of_kind and has_kind(sides))
        if isinstance(node, ast.Match):
            of_kind = isinstance(node.subject, ast.Attribute) and node.subject.attr == "kind"
            return of_kind and has_kind([case.pattern for case in node.cases])
        return isinstance(node, ast.MatchClass) and is_class(node.cls)

    return sorted(node.lineno for node in ast.walk(code) if asks(node))  # type: ignore[attr-defined]


def test_nobody_asks_a_clock_or_a_driver_what_it_is():
    """Only the rooms that have them know their classes; all others ask the protocol for what they need."""
    for module in sorted(name for name in ALL if room(name) not in ("ssedrill.clock", "ssedrill.drivers")):
        assert asked_what_it_is(tree(module)) == [], module


@pytest.mark.parametrize(
    "line",
    [
        "isinstance(clock, VirtualClock)",
        "isinstance(job.client.driver, (int, InProcess))",
        "isinstance(clock, Mine | RealClock)",
        "issubclass(type(driver), clock.VirtualClock)",
        "from ssedrill.clock.virtual.virtual_clock import VirtualClock as V; isinstance(clock, V)",
        "type(clock) is RealClock",
        'job.client.driver.kind != "in-process"',
        'client.kind in ("program", "service")',
        '"program" == driver.kind',
        "match clock:\n    case VirtualClock():\n        pass",
        'match driver.kind:\n    case "program" | "service":\n        pass',
    ],
)
def test_whoever_asks_what_it_is_is_found(line):
    """The test above can fail, however the question is put."""
    assert len(asked_what_it_is(ast.parse(line))) == 1


@pytest.mark.parametrize(
    "line", ["isinstance(result, Record)", 'entry.kind == "text"', 'row["kind"] == "program"', "RealClock()"]
)
def test_who_asks_for_something_else_is_not(line):
    """Other classes, other kinds, and making a clock are nobody's secret."""
    assert asked_what_it_is(ast.parse(line)) == []


def test_the_classes_are_found():
    """The tests above know both clocks and both drivers by what they have, not by a list."""
    assert {"Clock", "RealClock", "VirtualClock", "ByHand", "Driver", "InProcess", "Program"} == CLASSES


CLOCK_PAGE = (PACKAGES["ssedrill"] / "clock" / "DESIGN.md").read_text("utf-8")
CLOCK_FLOORS = [line.split() for line in re.search(r"```layers\n(.*?)```", CLOCK_PAGE, re.DOTALL)[1].splitlines()]


def test_the_rooms_of_the_clock_go_down():
    """A room of the clock imports rooms on lower floors of the clock's page only, and the page names every room."""
    floors = {f"ssedrill.clock.{name}": floor for floor, names in enumerate(CLOCK_FLOORS) for name in names}
    assert floors.keys() == {package for package in packages() if package.startswith("ssedrill.clock.")}
    for mine, others in arrows(lambda module: inner(module, "ssedrill.clock"), ALL).items():
        for other in others & floors.keys():
            assert mine not in floors or floors[other] < floors[mine], f"{mine} imports {other}"
