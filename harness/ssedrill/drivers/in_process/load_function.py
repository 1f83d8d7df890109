"""Find the function of an in-process client from ``module:function`` or ``path.py:function``."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

from ssedrill.clock.python.patched import patched
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.target import Target
from ssedrill.model.clean_text import printable

ClientFunction: TypeAlias = Callable[[Target], AsyncIterator[str] | Iterator[str] | Awaitable[None] | None]
"""A client in this process: an async or plain generator function, or one that shows nothing and returns None."""


SAID_CHARS = 1000
"""Of what a module says when it can't be imported, so much is passed on."""


def load_function(path: str) -> ClientFunction:
    """Import a function; raises BadSpec for whatever goes wrong with it, errors inside the module included.

    What its module keeps at its import (a default argument, an attribute of a class) follows the virtual clock too.
    """
    place, _, name = path.rpartition(":")
    if not place or not name:
        raise BadSpec(f"{path!r} names no function: write module:function or path/to/file.py:function")
    module = _module(place)
    if not hasattr(module, name):
        there = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        near = difflib.get_close_matches(name, there, n=3) or there[:5]
        has = f"it has {', '.join(near)}" if near else "it has no functions at all"
        raise BadSpec(f"{place} has no function {name!r}; {has}")
    function = getattr(module, name)
    if not callable(function):
        raise BadSpec(f"{path} is no function but of type {type(function).__name__}")
    _check_arguments(path, function)
    return function  # type: ignore[no-any-return]


def _module(place: str) -> ModuleType:
    file = Path(place)
    if place.endswith(".py") or "/" in place:
        if os.path.isdir(file):
            raise BadSpec(f"{place} is a folder: write path/to/file.py:function")
        if not os.path.isfile(file):  # unlike Path.is_file, it takes a name that is too long for one that isn't there
            raise BadSpec(f"there is no file {place}: write module:function or path/to/file.py:function")
        with _importing(place, str(file.resolve().parent)), patched():
            return _module_of_file(file.resolve())
    if not all(part.isidentifier() for part in place.split(".")):
        raise BadSpec(f"{place!r} is no name of a module: write module:function or path/to/file.py:function")
    with _importing(place, str(Path.cwd())), patched():
        return importlib.import_module(place)
    raise AssertionError("unreachable: the import either returned or raised BadSpec")


def _module_of_file(file: Path) -> ModuleType:
    name = f"ssedrill_client_{file.stem}_{sha256(str(file).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError("it is not a Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look their module up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextmanager
def _importing(place: str, folder: str) -> Iterator[None]:
    """Let what is imported find its neighbours in the folder, and turn all that it does wrong into a BadSpec."""
    sys.path.insert(0, folder)
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module may do anything when it is imported, sys.exit() included
        said = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(":")
        readable = printable(said[:SAID_CHARS])
        hint = ""
        if isinstance(error, ModuleNotFoundError) and error.name == place.partition(".")[0]:
            hint = "; it is looked for in the current folder and on the Python path"
        raise BadSpec(f"importing {place} failed: {readable}{hint}") from error
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


def _check_arguments(path: str, function: Callable[..., object]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C have none: the run will tell
        return
    try:
        signature.bind(object())
    except TypeError:
        raise BadSpec(f"{path} must be callable with one argument, the target; it takes {signature}") from None
