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


DIALECTS: Table[Dialect] = Table("ssedrill.dialects", {one.name: one for one in BUILT_IN}, _wrong)
"""Every dialect by its name. Installed packages add theirs under the entry points ``ssedrill.dialects``.

Scenarios and clients that say "all" mean those of packages too.
"""


def find_dialect(name: str) -> Dialect:
    """Return the dialect of this name; raises UnknownDialect if there is none."""
    if name not in DIALECTS:
        raise UnknownDialect(f"there is no dialect {name!r}; there are {', '.join(DIALECTS)}")
    return DIALECTS[name]
