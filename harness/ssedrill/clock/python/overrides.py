"""Gives a drill's own threads other functions than everybody else: virtual time and seeded randomness.

While at least one virtual run is on, the functions of ``time``, ``random``, ``os.urandom`` and the like are
replaced by dispatchers, in their modules and wherever else they were imported by name. A dispatcher looks up the
calling thread: a thread of a drill gets what its run provides, every other thread gets the original. When the last
run ends, every name is put back.

The state is the process's, because the names are; it is guarded by one lock and lives in one object.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from _thread import get_ident
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

Overrides = Mapping[str, Any]
"""What one thread gets instead of the originals, by the original's name, such as ``"time.monotonic"``."""

Replacement = tuple[Any, str, Any]
"""A class or module, the name of one of its attributes, and what replaces it; every run asks for the same ones."""


_NAMESPACE: Any = vars(ModuleType)["__dict__"]
"""Gives a module's dictionary, whatever its class makes of looking attributes up."""


class Dispatcher:
    """A function that asks who calls. An object, not a function, so that a class may hold it unbound."""

    __slots__ = ("_by_thread", "name", "original")

    def __init__(self, name: str, original: Callable[..., Any], by_thread: dict[int, Overrides]) -> None:
        self.name = name
        self.original = original
        self._by_thread = by_thread

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call what the calling thread is to have."""
        overrides = self._by_thread.get(get_ident())
        if overrides is None:
            return self.original(*args, **options)
        return overrides.get(self.name, self.original)(*args, **options)

    def __getattr__(self, key: str) -> Any:
        """Return what the original has: its name, its documentation."""
        return getattr(self.original, key)

    def __reduce__(self) -> tuple[Any, ...]:
        """Be copied as what it is, and found again in another process."""
        return _named, (self.name,)

    def __repr__(self) -> str:
        return f"<{self.name}, or what a drill shows of it>"


class TypeDispatcher(Dispatcher):
    """The same for a class: it can be inherited from, asked for its instances, and written in hints."""

    __slots__ = ()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self.original,)

    def __instancecheck__(self, found: object) -> bool:
        return isinstance(found, self.original)  # type: ignore[arg-type]

    def __subclasscheck__(self, found: type) -> bool:
        return issubclass(found, self.original)  # type: ignore[arg-type]

    def __getitem__(self, parameters: Any) -> Any:
        return self.original[parameters]  # type: ignore[index]

    def __or__(self, other: Any) -> Any:
        return self.original | other

    def __ror__(self, other: Any) -> Any:
        return other | self.original


class Patches:
    """The replaced names of this process; one object, :data:`PATCHES`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._runs = 0
        self._by_thread: dict[int, Overrides] = {}
        self._dispatchers: dict[str, Dispatcher] = {}
        self._by_original: dict[int, Dispatcher] = {}
        self._looked = (0, "")
        self._sizes: dict[int, int] = {}  # of the module dictionaries that were looked through
        self._bindings: list[tuple[dict[str, Any], str, Dispatcher]] = []
        self._saved: list[tuple[Any, str, Any]] = []

    def original(self, name: str) -> Callable[..., Any]:
        """Return the function that a name meant before any run."""
        return self.dispatcher(name).original

    def overrides(self) -> Overrides | None:
        """Return what the calling thread gets instead of the originals, or None if it is part of no drill."""
        return self._by_thread.get(get_ident())

    @contextmanager
    def active(self, overrides: Overrides) -> Iterator[None]:
        """Give the calling thread these functions; the names are replaced by :meth:`installed`."""
        ident = get_ident()
        before = self._by_thread.get(ident)
        self._by_thread[ident] = overrides
        try:
            yield
        finally:
            if before is None:
                self._by_thread.pop(ident, None)
            else:
                self._by_thread[ident] = before

    @contextmanager
    def bypassed(self) -> Iterator[None]:
        """Give the calling thread the originals again."""
        ident = get_ident()
        before = self._by_thread.pop(ident, None)
        try:
            yield
        finally:
            if before is not None:
                self._by_thread[ident] = before

    @contextmanager
    def installed(self, names: tuple[str, ...], replacements: tuple[Replacement, ...] = ()) -> Iterator[None]:
        """Replace these names and attributes until the last run that asked for it has ended."""
        with self._lock:
            self._runs += 1
            try:
                self._install(names, replacements)
            except BaseException:
                self._leave()
                raise
        try:
            yield
        finally:
            with self._lock:
                self._leave()

    def _install(self, names: tuple[str, ...], replacements: tuple[Replacement, ...]) -> None:
        for name in names:
            dispatcher = self.dispatcher(name)
            self._by_original[id(dispatcher.original)] = dispatcher
        self._look_through()
        for space, key, dispatcher in self._bindings:
            if space.get(key) is dispatcher.original:
                space[key] = dispatcher
        if self._runs == 1:
            for owner, key, replacement in replacements:
                self._saved.append((owner, key, vars(owner).get(key)))
                _put(owner, key, replacement)

    def _leave(self) -> None:
        self._runs -= 1
        if self._runs:
            return
        self._look_through()  # what was imported meanwhile
        for space, key, dispatcher in self._bindings:
            if space.get(key) is dispatcher:
                space[key] = dispatcher.original
        for owner, key, before in reversed(self._saved):
            if before is None:
                delattr(owner, key)
            else:
                _put(owner, key, before)
        self._saved.clear()

    def dispatcher(self, name: str) -> Dispatcher:
        """Return what asks who calls, for a name."""
        found = self._dispatchers.get(name)
        if found is None:
            module, _, attribute = name.rpartition(".")
            original = getattr(sys.modules[module], attribute)
            kind = TypeDispatcher if isinstance(original, type) else Dispatcher
            found = kind(name, original, self._by_thread)
            self._dispatchers[name] = found
        return found

    def _look_through(self) -> None:
        """Find the names bound to an original in every module that has changed since the last look."""
        looked = (len(sys.modules), next(reversed(sys.modules)))
        if looked == self._looked:  # nothing was imported meanwhile; going through thousands of modules takes 5 ms
            return
        self._looked = looked
        for module in list(sys.modules.values()):
            if not issubclass(type(module), ModuleType):  # isinstance believes those that pose as one (cffi's)
                continue
            space = _NAMESPACE.__get__(module)  # a lazy module must not load for this
            if self._sizes.get(id(space)) == len(space):
                continue
            self._sizes[id(space)] = len(space)
            known = {key for bound, key, _ in self._bindings if bound is space}
            for key, value in list(space.items()):
                dispatcher = self._by_original.get(id(value))
                if dispatcher is None and type(value) in (Dispatcher, TypeDispatcher):
                    dispatcher = value  # imported by name while a run was on
                if dispatcher is not None and key not in known:
                    self._bindings.append((space, key, dispatcher))


def _named(name: str) -> Dispatcher:
    return PATCHES.dispatcher(name)


def _put(owner: Any, key: str, value: Any) -> None:
    """Set an attribute, also of a type that is written in C and refuses it."""
    try:
        setattr(owner, key, value)
    except TypeError:
        (space,) = gc.get_referents(vars(owner))  # the dictionary behind the read-only view of it
        space[key] = value
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))


PATCHES = Patches()
"""What this process has replaced."""
