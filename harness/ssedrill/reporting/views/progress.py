"""What is shown while drills run: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from ssedrill.model.clean_text import safe
from ssedrill.model.record import Record
from ssedrill.reporting.views.terminal_text import is_ascii
from ssedrill.reporting.views.wording import ASCII_SYMBOLS, COLOURS, SYMBOLS


class Display(Protocol):
    """Follows the runs; used as a context manager around them."""

    def __enter__(self) -> Display:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the screen as it was."""

    def started(self, cell: str) -> None:
        """Note that a cell has begun."""

    def done(self, cell: str, record: Record) -> None:
        """Note what came of a cell."""


def display(console: Console, total: int, *, plain: bool, quiet: bool = False) -> Display:
    """Return the display that suits: none to be ``quiet``, ``plain`` lines if nobody watches a screen, else a bar."""
    if quiet:
        return Nothing()
    return Lines(console, total) if plain or not console.is_terminal else Bar(console, total)


class Nothing:
    """Shows nothing."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""

    def started(self, cell: str) -> None:
        """Say nothing."""

    def done(self, cell: str, record: Record) -> None:
        """Say nothing."""


class Lines(Nothing):
    """One line for each finished run."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._finished = 0
        self._symbols = ASCII_SYMBOLS if is_ascii(console) else SYMBOLS

    def done(self, cell: str, record: Record) -> None:
        """Say what came of a run."""
        self._finished += 1
        count = f"[{self._finished:>{len(str(self._total))}}/{self._total}] "
        line = Text(count) + Text(f"{self._symbols[record.verdict]} ", COLOURS[record.verdict])
        self._console.print(line + Text(f"{safe(cell)}: {record.outcome}"), soft_wrap=True, highlight=False)


class Bar:
    """A bar, the count, the time that is left, and the runs that are under way."""

    def __init__(self, console: Console, total: int) -> None:
        self._running: dict[str, None] = {}
        self._bad = 0
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=total)

    def __enter__(self) -> Bar:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._progress.stop()

    def started(self, cell: str) -> None:
        """Show a run as being under way."""
        self._running[cell] = None
        self._show()

    def done(self, cell: str, record: Record) -> None:
        """Count a run."""
        self._running.pop(cell, None)
        self._bad += record.verdict.bad
        self._progress.advance(self._task)
        self._show()

    def _show(self) -> None:
        bad = f"{self._bad} bad  " if self._bad else ""
        first = next(iter(self._running), "")
        more = f" and {len(self._running) - 1} more" if len(self._running) > 1 else ""
        self._progress.update(self._task, description=safe(f"{bad}{first}{more}"))
