"""The tokens that a client showed, one by one, with what was the matter with each, as the ledger marked them."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill.model.record import Record
from ssedrill.model.token_runs import MarkedToken, unfolded
from ssedrill.reporting.views.wording import seconds


@dataclass(frozen=True, slots=True)
class Box:
    """One token in the order in which the application got it."""

    token: MarkedToken
    t: float | None  # when the application had it, in seconds since the run began; None for what never came

    @property
    def label(self) -> str:
        """How it is written: its generation's letter and its number."""
        return f"{self.token.generation}{self.token.number}" if self.token.number else "▒"


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens that follow each other in the order of the answer, all with the same marks."""

    first: Box
    last: Box
    count: int

    @property
    def label(self) -> str:
        """How they are written: ``a1-12``, ``b4``."""
        return self.first.label if self.count == 1 else f"{self.first.label}-{self.last.token.number or self.count}"

    @property
    def when(self) -> str:
        """When the application had them; empty for what never came."""
        times = [seconds(box.t) for box in (self.first, self.last) if box.t is not None]
        return " to ".join(dict.fromkeys(times))


def spans(boxes: list[Box]) -> list[Span]:
    """Fold boxes that go on as the ones before them."""
    found: list[Span] = []
    for box in boxes:
        last = found[-1].last.token if found else None
        here = box.token
        goes_on = last is not None and (here.generation, here.marks) == (last.generation, last.marks)
        if goes_on and last is not None and here.number == last.number + 1 and last.number:
            found[-1] = Span(found[-1].first, box, found[-1].count + 1)
        else:
            found.append(Span(box, box, 1))
    return found


def strip(record: Record) -> list[Box]:
    """Return a box for each token that the client showed; the tokens that are missing come last."""
    times = {entry.n: entry.t for entry in record.tokens.entries}
    return [Box(token, times.get(token.entry)) for token in unfolded(record.shown)]
