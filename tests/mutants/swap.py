"""Mutants of functions, put into modules that have long been imported: the code of the functions is replaced.

So one process can import everything and collect all tests, and then be forked for every mutant.
"""

from __future__ import annotations

import ast
import functools
import gc
import inspect
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from mutants.mutations import Code

_NONE = compile("", "none", "exec")


def put_in_place(file: Path, tree: ast.Module) -> None:
    """Give every function of a module the code that it has in this syntax tree."""
    new: dict[Code, CodeType] = {}
    for code in _codes(compile(tree, str(file), "exec")):
        if code.co_name == "<lambda>" and name_of(code) in new:
            raise ValueError(f"{file}:{code.co_firstlineno}: two lambdas in a line, which can't be told apart")
        new[name_of(code)] = code
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename == str(file):
            code = new[name_of(thing.__code__)]
            if not code.co_freevars:  # a method that no longer says super() is still given its class
                code = code.replace(co_freevars=thing.__code__.co_freevars)
            with suppress(ValueError):  # a function made by a call that was over before; its like are made anew
                thing.__code__ = code
    for cache in caches_of({str(file)}):
        cache.cache_clear()


def caches_of(files: set[str]) -> list[functools._lru_cache_wrapper[Any]]:
    """Return the caches of functions of these files: what is in them was not made by a mutant."""
    there = [thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper)]
    return [cache for cache in there if getattr(inspect.unwrap(cache), "__code__", _NONE).co_filename in files]


def name_of(code: CodeType) -> Code:
    """Return what tells the code of a function from all other code of its file."""
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)
