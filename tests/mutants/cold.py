"""Mutants of what the import of a module does, such as constants and tables: each with all imports anew.

The mutant is never a file: the module is compiled from the changed syntax tree when it is imported.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from mutants.mutations import Mutant, mutated
from mutants.pytest_calls import arguments, settle


def run_cold(root: Path, mutant: Mutant, tests: Sequence[str], scratch: Path) -> int:
    """Run tests with a mutant and return the exit code of pytest."""
    sys.meta_path.insert(0, _Finder(root / mutant.file, mutated(root, mutant)))
    settle(scratch)
    for path in tests:  # one after the other: most mutants are found before the rest is even collected
        if code := int(pytest.main(arguments(scratch, [path]))):
            return code
    return 0


class _Finder(MetaPathFinder):
    """Finds the one module that is another than its file says."""

    def __init__(self, file: Path, tree: ast.Module) -> None:
        package = file.parent if file.name == "__init__.py" else file.with_suffix("")
        top = next(parent for parent in file.parents if not (parent / "__init__.py").exists())
        self.name = ".".join(package.relative_to(top).parts)
        self.file, self.tree = file, tree

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Return the spec of the mutated module; all others are found in the usual way."""
        if fullname != self.name:
            return None
        loader = _Loader(fullname, str(self.file))
        loader.tree = self.tree
        return spec_from_file_location(fullname, self.file, loader=loader)


class _Loader(SourceFileLoader):
    tree: ast.Module

    def get_code(self, fullname: str) -> CodeType:
        """Compile the changed tree; nothing is read from a cache, nor written to one."""
        return compile(self.tree, self.path, "exec")
