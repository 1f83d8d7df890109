"""The layers of ARCHITECTURE.md hold, imports inside functions and for type checkers included."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"ssedrill": ROOT / "harness" / "ssedrill", "ssedrill_faults": ROOT / "faults" / "ssedrill_faults"}
PAGE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
LAYERS = [line.split() for line in re.search(r"```layers\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()]


def modules() -> dict[str, Path]:
    """Return every module of both packages with its file."""
    found = {}
    for package, folder in PACKAGES.items():
        for path in folder.rglob("*.py"):
            parts = path.relative_to(folder).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            found[".".join((package, *parts))] = path
    return found


def imported(path: Path) -> set[str]:
    """Return the names of our own modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] in PACKAGES and name in ALL}


ALL = modules()


def layer(module: str) -> int:
    """Return the index of a module's layer; the longest prefix in the list decides."""
    best = [
        (len(prefix), index)
        for index, line in enumerate(LAYERS)
        for prefix in line
        if module == prefix or module.startswith(prefix + ".")
    ]
    assert best, f"{module} has no layer in ARCHITECTURE.md"
    return max(best)[1]


@pytest.mark.parametrize("module", sorted(ALL))
def test_imports_go_down(module):
    """A module imports from its own layer or a lower one."""
    if module == "ssedrill":
        assert imported(ALL[module]) == set()
        return
    upward = {name for name in imported(ALL[module]) if name != "ssedrill" and layer(name) > layer(module)}
    assert upward == set()


def test_no_cycles():
    """No two modules import each other, at any distance."""
    graph = {module: {name for name in imported(path) if name != module} for module, path in ALL.items()}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module in done:
            return
        for name in graph[module]:
            visit(name, (*path, module))
        done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("name", [name for line in LAYERS for name in line])
def test_the_page_names_what_is_there(name):
    """Every module or package in the list of layers exists."""
    assert any(module == name or module.startswith(name + ".") for module in ALL)


def test_the_ground_floor_needs_nothing():
    """The faults import the standard library and themselves, nothing else."""
    import sys

    for module, path in ALL.items():
        if module.startswith("ssedrill_faults"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                for name in names:
                    top = name.split(".")[0]
                    assert top == "ssedrill_faults" or top in sys.stdlib_module_names, f"{module} imports {name}"


@pytest.mark.parametrize("module", sorted(ALL))
def test_no_file_is_too_long(module):
    """No source file is longer than 300 lines: what is longer holds a second concept."""
    assert len(ALL[module].read_text("utf-8").splitlines()) <= 300
