"""The table of dialects: those that are built in, and those of installed packages (group ``ssedrill.dialects``)."""

from __future__ import annotations

from typing import Final

from ssedrill.dialects import anthropic_messages, eventsource, openai_chat
from ssedrill.dialects.dialect import AskModule, Dialect, ReadModule
from ssedrill_faults.extensions import Table

ALL: Final = "all"
"""What a scenario or a client says in place of names: every dialect that there is."""

BUILT_IN: tuple[Dialect, ...] = (
    eventsource.DIALECT,
    anthropic_messages.DIALECT,
    openai_chat.DIALECT,
)


class UnknownDialect(ValueError):
    """There is no dialect of this name; the message lists those that there are."""


def dialects() -> Table[Dialect]:
    """Return every dialect that there is by its name: the built-in ones first, then those of installed packages.

    Reading more than a built-in name from it raises BadExtension if a package brings one that can't be used.
    """
    return _TABLE


def find_dialect(name: str) -> Dialect:
    """Return the dialect of this name; raises UnknownDialect if there is none."""
    if name not in _TABLE:
        raise UnknownDialect(f"there is no dialect {name!r}; there are {', '.join(_TABLE)}")
    return _TABLE[name]


def _wrong(name: str, thing: object) -> str | None:
    """Say what is wrong with a dialect that a package brings."""
    if not isinstance(thing, Dialect):
        return f"which is a {type(thing).__name__} and no Dialect"
    if thing.name != name:
        return f"which calls itself {thing.name!r}: the entry must have the same name"
    for part, kind in (("ask", AskModule), ("read", ReadModule)):
        if not isinstance(getattr(thing, part), kind):
            wanted = [word for word in vars(kind) if not word.startswith("_")]
            return f"whose {part!r} lacks one of {', '.join(wanted)}"
    return None


_TABLE: Final[Table[Dialect]] = Table("ssedrill.dialects", {one.name: one for one in BUILT_IN}, _wrong)
