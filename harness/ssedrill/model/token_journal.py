"""What a client gave its application, as plain data. Times are as in a record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

TokenKind: TypeAlias = Literal[
    "text", "retry", "restart", "usage", "finish", "error", "done", "unsupported", "cancelled"
]


BY_THE_CLOCK = "by the clock"
"""What the entry of a stop says that came at a moment, and not at a token or an event: no timer of the client's, and
nothing that it read, has the same time."""


@dataclass(slots=True)
class TokenEntry:
    """One thing that the client gave its application."""

    n: int  # from 1, in order of arrival
    t: float
    kind: TokenKind
    # "cancelled": the application told it to stop
    text: str = ""  # the piece of text, the reason of a retry or a stop, usage as JSON, the error's message
    error_class: str = ""
    error_bases: tuple[str, ...] = ()  # what else the error's class is, if a check asks for it


KEPT_ENTRIES = 200_000
"""So many things that a client said have an entry of their own. Text that comes after them is joined, never dropped;
retries and restarts are counted only; what the client claims at the end is heard all the same."""


@dataclass(slots=True)
class TokenJournal:
    """What the client gave its application, and how its driver saw it end."""

    entries: list[TokenEntry] = field(default_factory=list)
    raw: bool = False  # the text is a raw body: tokens are looked for inside whatever surrounds them
    crashed: str | None = None  # how the program died without a claim ("signal 11", "exit code 3, no claim")
    stopped: bool = False  # the deadline passed and the harness ended it
    stopped_t: float | None = None
    unkept_bytes: int = 0  # what was said beyond the bounds, or not understood: counted, unknown to every verdict
    can: tuple[str, ...] | None = None  # what the program said at its start that it can; None: nothing of it
    on_its_way_s: float = 0.0  # what comes so soon after a stop may have been said before the client heard of that
    stderr: str = ""  # the end of what a program said on its standard error
    notes: tuple[str, ...] = ()

    def copy(self) -> TokenJournal:
        """Return the journal as it is now, to be judged while the run goes on."""
        return replace(self, entries=[replace(entry) for entry in self.entries])

    @property
    def last_words(self) -> str:
        """The last line that says something on a program's standard error; empty if there is none."""
        return last_line(self.stderr)


def last_line(text: str) -> str:
    """Return the last line of a text that says something; empty if there is none."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "").strip()
