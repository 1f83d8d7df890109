"""Every mutant of a module: found, named, and made.

A mutant is named by its function, the text of its line and what was changed, never by the number of its line, so that
its name lasts as long as the line does.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from mutants.operators import replacements

Code: TypeAlias = tuple[str, int]
"""What tells a function from all others of its file: its qualified name, and its first line, decorators included."""

Path_: TypeAlias = tuple[tuple[str, int | None], ...]
"""The way from the root of a syntax tree to a node: fields, and places in those that are lists."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change of one module."""

    file: str  # from the root of the project
    function: str
    line: str
    change: str
    number: int  # of the line, for who reads
    way: Path_
    choice: int  # which of the replacements of the node it is
    called: Code | None  # the function that runs it; None if the import of the module does

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What tells it from all others of the project."""
        return self.file, self.function, self.line, self.change

    def __str__(self) -> str:
        return f"{self.file}:{self.number} {self.change}"


def mutants_of(root: Path, file: str) -> list[Mutant]:
    """Return all mutants of a file, in the order of its lines."""
    source = (root / file).read_text()
    lines = source.splitlines()
    found: list[Mutant] = []
    seen: Counter[tuple[str, ...]] = Counter()
    for node, way, function, called, removable in _nodes(ast.parse(source), (), "", None):
        for choice, other in enumerate(replacements(node, removable=removable)):
            number = _line_of(node)
            one = Mutant(file, function, lines[number - 1].strip(), _said(node, other), number, way, choice, called)
            seen[one.name] += 1
            if seen[one.name] > 1:
                one = replace(one, change=f"{one.change} ({seen[one.name]})")
            found.append(one)
    return sorted(found, key=lambda one: one.number)


def mutated(root: Path, mutant: Mutant) -> ast.Module:
    """Return the module of a mutant as a syntax tree."""
    tree = ast.parse((root / mutant.file).read_text())
    parent: ast.AST = tree
    for step in mutant.way[:-1]:
        parent = _at(parent, step)
    node, (field, index) = _at(parent, mutant.way[-1]), mutant.way[-1]
    other = list(replacements(node, removable=True))[mutant.choice]
    ast.copy_location(other, node)
    if index is None:
        setattr(parent, field, other)
    else:
        getattr(parent, field)[index] = other
    return ast.fix_missing_locations(tree)


_UNTOUCHED = {"annotation", "returns", "decorator_list", "bases", "type_params"}
"""Fields that mean nothing when the code runs, or without which there is no module to test."""


def _nodes(
    node: ast.AST, way: Path_, function: str, called: Code | None
) -> Iterator[tuple[ast.AST, Path_, str, Code | None, bool]]:
    """Give every node that may be changed, how to get there, where it stands, and whether it may go."""
    for field, value in ast.iter_fields(node):
        if field in _UNTOUCHED:
            continue
        inner = called
        if field == "body" and called is None and isinstance(node, ast.FunctionDef | ast.Lambda):
            inner = _code_of(node, function)
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if not isinstance(child, ast.AST) or _means_nothing(child):
                continue
            name = child.name if isinstance(child, ast.FunctionDef | ast.ClassDef) else ""
            where = ".".join(filter(None, (function, name)))
            there = (*way, (field, index))
            removable = isinstance(node, ast.FunctionDef | ast.If | ast.For | ast.While | ast.Try)
            yield child, there, where, inner, removable
            yield from _nodes(child, there, where, inner)


def _code_of(node: ast.FunctionDef | ast.Lambda, function: str) -> Code:
    if isinstance(node, ast.Lambda):
        return ".".join(filter(None, (function, "<lambda>"))), node.lineno
    return function, min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _means_nothing(node: ast.AST) -> bool:
    """Tell whether something is words for people, or an assertion, such as zip's ``strict``."""
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Assert | ast.JoinedStr) or getattr(node, "arg", None) == "strict"


def _at(node: ast.AST, step: tuple[str, int | None]) -> ast.AST:
    field, index = step
    found = getattr(node, field)
    return found if index is None else found[index]  # type: ignore[no-any-return]


def _line_of(node: ast.AST) -> int:
    return node.target.lineno if isinstance(node, ast.comprehension) else node.lineno  # type: ignore[attr-defined]


def _said(node: ast.AST, other: ast.AST) -> str:
    """Say in a line what was changed."""
    if isinstance(node, ast.If | ast.While):
        return f"if {_code(node.test)} -> if not"
    if isinstance(other, ast.Pass):
        return f"{_code(node)} -> gone"
    if isinstance(node, ast.comprehension) and isinstance(other, ast.comprehension):
        dropped = next(test for test in node.ifs if test not in other.ifs)
        return f"if {_code(dropped)} -> gone"
    return f"{_code(node)} -> {_code(other)}"


def _code(node: ast.AST) -> str:
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
