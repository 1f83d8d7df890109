"""The table of dialects."""

from __future__ import annotations

from typing import Final

from ssedrill.dialects import anthropic_messages, eventsource, openai_chat
from ssedrill.dialects.dialect import Dialect
from ssedrill_faults.extensions import Table

ALL: Final = "all"
"""What a scenario or a client says in place of names: every dialect that there is."""

BUILT_IN: tuple[Dialect, ...] = (
    eventsource.DIALECT,
    anthropic_messages.DIALECT,
    openai_chat.DIALECT,
)


def _wrong(name: str, thing: object) -> str | None:
    if not isinstance(thing, Dialect):
        return f"which is no Dialect but of type {type(thing).__name__}"
    return None if thing.name == name else f"whose own name is {thing.name}: call the entry point so too"


DIALECTS: Table[Dialect] = Table("ssedrill.dialects", {one.name: one for one in BUILT_IN}, _wrong)
"""Every dialect by its name. Installed packages add theirs under the entry points ``ssedrill.dialects``.

Scenarios and clients that say "all" mean those of packages too.
"""


def find_dialect(name: str) -> Dialect:
    """Return the dialect of this name; raises ValueError, which lists the names, if there is none."""
    if name not in DIALECTS:
        raise ValueError(f"there is no dialect {name!r}; there are {', '.join(DIALECTS)}")
    return DIALECTS[name]
