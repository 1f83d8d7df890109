"""The tokens that a client showed, one by one, with what was the matter with each, as the ledger marked them."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill.model.record import Record
from ssedrill.model.token_runs import MarkedToken, unfolded


@dataclass(frozen=True, slots=True)
class Box:
    """One token in the order in which the application got it."""

    token: MarkedToken
    t: float | None  # when the application had it, in seconds since the run began; None for what never came

    @property
    def label(self) -> str:
        """How it is written: its generation's letter and its number."""
        return f"{self.token.generation}{self.token.number}" if self.token.number else "▒"


def strip(record: Record) -> list[Box]:
    """Return a box for each token that the client showed; the tokens that are missing come last."""
    times = {entry.n: entry.t for entry in record.tokens.entries}
    return [Box(token, times.get(token.entry)) for token in unfolded(record.shown)]
