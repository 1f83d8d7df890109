"""One of several calls of a run as it was seen, as plain data. Times are as in a record."""

from __future__ import annotations

from dataclasses import dataclass, field

from ssedrill.model.token_journal import TokenJournal


@dataclass(slots=True)
class CallLog:
    """When a call began and was over, when it was told to stop, and what its client said in it."""

    number: int  # from 1, in the order of the scenario's groups
    group: int  # from 1
    began_t: float
    ended_t: float | None = None  # None: it never was
    cancelled_t: float | None = None  # the application stopped reading
    tokens: TokenJournal = field(default_factory=TokenJournal)
