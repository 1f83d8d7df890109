"""The table of dialects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ssedrill.dialects import anthropic_messages, eventsource, openai_chat
from ssedrill.dialects.dialect import Dialect

ALL: Final = "all"
"""What a scenario or a client says in place of names: every dialect that there is."""

BUILT_IN: tuple[Dialect, ...] = (
    eventsource.DIALECT,
    anthropic_messages.DIALECT,
    openai_chat.DIALECT,
)

_TABLE: dict[str, Dialect] = {one.name: one for one in BUILT_IN}


def dialects() -> Mapping[str, Dialect]:
    """Return every dialect that there is by its name: the built-in ones first, then those that were added."""
    return MappingProxyType(_TABLE)


def find_dialect(name: str) -> Dialect:
    """Return the dialect of this name; raises ValueError, which lists the names, if there is none."""
    if name not in _TABLE:
        raise ValueError(f"there is no dialect {name!r}; there are {', '.join(_TABLE)}")
    return _TABLE[name]


def add_dialect(dialect: Dialect) -> None:
    """Have one more dialect in this process, from outside this package.

    Scenarios and clients that say "all" mean it too from then on. Raises ValueError if there is one of this name.
    """
    if dialect.name in _TABLE:
        raise ValueError(f"there is a dialect {dialect.name!r} already")
    _TABLE[dialect.name] = dialect
