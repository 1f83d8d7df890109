"""Numbers as a person reads them, and tables that can be pasted into a page as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Table:
    """One topic."""

    title: str
    note: str  # how it was measured, above the table
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Return the table in Markdown; all columns but the first are flush right."""
        lines = [self.header, ("---", *("---:" for _ in self.header[1:])), *self.rows]
        return f"### {self.title}\n\n{self.note}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def thousands(rates: Sequence[float]) -> str:
    """Return median and range of rates: ``150 k (120..180)``."""
    return f"{median(rates) / 1e3:.0f} k ({min(rates) / 1e3:.0f}..{max(rates) / 1e3:.0f})"


def ratio(values: Sequence[float]) -> str:
    """Return median and range of ratios: ``x0.85 (0.80..0.95)``."""
    return f"x{median(values):.2f} ({min(values):.2f}..{max(values):.2f})"


def plain_number(values: Sequence[float | None], digits: int = 2) -> str:
    """Return the median of numbers, or a dash where some are unknown."""
    known = [value for value in values if value is not None]
    return f"{median(known):.{digits}f}" if len(known) == len(values) else "-"


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which this share of an ordered list lies."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
