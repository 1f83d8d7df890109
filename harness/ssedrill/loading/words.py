"""Expectations that are words: one of a check's own, or a list of names."""

from __future__ import annotations

from collections.abc import Mapping

from ssedrill.loading.problems import Wrong, nearest, shown

MOST_NAMES = 20
MOST_CHARS = 100


def read_word(value: object, values: Mapping[str, str]) -> str:
    """Return the word; raises Wrong, with what each of the words means, if it is none of them."""
    if isinstance(value, str) and value in values:
        return value
    right = " or ".join(f'"{word}": {meaning}' for word, meaning in values.items())
    raise Wrong(f"unknown value {shown(value)}", f"write {right}")


def read_names(value: object, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of a list; raises Wrong if it holds something else, or names that are not known."""
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_NAMES:
        example = next(iter(values), "APIConnectionError")
        raise Wrong(f"{shown(value)} is no list of 1 to {MOST_NAMES} names", f'write a list, such as ["{example}"]')
    for name in value:
        if not isinstance(name, str) or not name.strip("! ") or not name.isprintable() or len(name) > MOST_CHARS:
            raise Wrong(f"{shown(name)} is no name", "write names in quotes")
        if values and name not in values:
            raise Wrong(f"unknown name {shown(name)}", nearest(name, values))
    if len(set(value)) < len(value):
        raise Wrong("a name stands there twice", "keep one of them")
    return tuple(value)
