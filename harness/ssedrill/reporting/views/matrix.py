"""Runs laid out as a matrix: which runs share a cell, and which of them speaks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ssedrill.model.record import Record, Verdict
from ssedrill.reporting.views.wording import SYMBOLS


def rank(record: Record) -> tuple[int, int]:
    """Return how bad a run is, so that the greatest is the worst."""
    return record.verdict.badness, record.outcome.badness


@dataclass(frozen=True)
class Cell:
    """All runs of one client through one scenario: every dialect, every repeat."""

    scenario: str
    client: str
    runs: tuple[Record, ...]

    @cached_property
    def worst(self) -> Record:
        """The run that speaks for the cell: the worst; of equals, the first."""
        return max(self.runs, key=rank)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict."""
        return self.worst.verdict

    @property
    def dialects(self) -> list[str]:
        """The dialects that were drilled, in order."""
        return list(dict.fromkeys(run.dialect for run in self.runs))

    @cached_property
    def like_worst(self) -> list[Record]:
        """The runs with the worst run's verdict and outcome."""
        worst = rank(self.worst)
        return [run for run in self.runs if rank(run) == worst]

    @property
    def share(self) -> str:
        """``n/m`` if there were several runs: so many of so many came out like this.

        Runs that the client can't do are none of them, unless it can do none.
        """
        able = [run for run in self.runs if run.verdict is not Verdict.UNSUPPORTED] or self.runs
        return f" {len(self.like_worst)}/{len(able)}" if len(able) > 1 else ""

    @property
    def only(self) -> list[str]:
        """The dialects that came out so, if others did not."""
        found = list(dict.fromkeys(run.dialect for run in self.like_worst))
        return [] if len(found) == len(self.dialects) else found

    def lines(self, symbols: dict[Verdict, str] | None = None) -> list[str]:
        """Return what stands in the cell: symbol, outcome, share; and, below, the dialects it holds for."""
        symbol = (symbols or SYMBOLS)[self.verdict]
        return [f"{symbol} {self.worst.outcome}{self.share}", *(f"  {dialect}" for dialect in self.only)]

    def by_dialect(self) -> list[Cell]:
        """Return a cell for each dialect."""
        return [
            Cell(self.scenario, self.client, tuple(run for run in self.runs if run.dialect == dialect))
            for dialect in self.dialects
        ]


@dataclass(frozen=True)
class Matrix:
    """Scenarios and clients in the order in which they ran, and their cells."""

    scenarios: tuple[str, ...]
    clients: tuple[str, ...]
    cells: dict[tuple[str, str], Cell]

    def cell(self, scenario: str, client: str) -> Cell | None:
        """Return a cell; None if that pair was not run."""
        return self.cells.get((scenario, client))

    def ordered(self) -> list[Cell]:
        """Return the cells row by row."""
        pairs = ((scenario, client) for scenario in self.scenarios for client in self.clients)
        return [self.cells[pair] for pair in pairs if pair in self.cells]

    def bad(self) -> list[Cell]:
        """Return a cell for each dialect of each pair that failed or was not tested, row by row."""
        return [part for cell in self.ordered() for part in cell.by_dialect() if part.verdict.bad]

    def warned(self) -> list[Cell]:
        """Return a cell for each dialect of each pair that broke a SHOULD and nothing worse, row by row."""
        parts = (part for cell in self.ordered() for part in cell.by_dialect())
        return [part for part in parts if part.verdict is Verdict.WARN]

    @property
    def wrong(self) -> int:
        """How many cells have a bad verdict."""
        return sum(cell.verdict.bad for cell in self.ordered())

    def counts(self, client: str | None = None) -> dict[Verdict, int]:
        """Return how many cells, of all or of one client, have each verdict."""
        found = Counter(cell.verdict for cell in self.cells.values() if client in (None, cell.client))
        return {verdict: found[verdict] for verdict in Verdict}


def lay_out(runs: Iterable[Record]) -> Matrix:
    """Put runs into a matrix."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for run in runs:
        groups.setdefault((run.scenario, run.client), []).append(run)
    cells = {pair: Cell(*pair, tuple(group)) for pair, group in groups.items()}
    scenarios = tuple(dict.fromkeys(scenario for scenario, _ in groups))
    clients = tuple(dict.fromkeys(client for _, client in groups))
    return Matrix(scenarios, clients, cells)


def worst_of(runs: Iterable[Record]) -> Record | None:
    """Return the worst run of all, None if there is none."""
    return max(runs, key=rank, default=None)
