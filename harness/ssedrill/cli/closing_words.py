"""What ``ssedrill run`` says at its end, besides the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ssedrill.cli.parameters import as_seen_from
from ssedrill.reporting.views.wording import how_far

if TYPE_CHECKING:
    from rich.console import Console

    from ssedrill.cli.drill import Result


def tell_refusals(result: Result, console: Console) -> None:
    """Say which clients were not drilled, and why."""
    for refusal in result.refusals:
        console.print(f"NOT TESTED: {refusal}", style="bold magenta", markup=False, soft_wrap=True)


def tell_places(baseline: str, page: Path | None, here: Path, console: Console) -> None:
    """Say what was written into the baseline, and where the report's page is, seen from where the command began."""
    if baseline:
        console.print(baseline, markup=False, soft_wrap=True)
    if page is not None:
        console.print(f"Report: {as_seen_from(here, page)}", markup=False, soft_wrap=True)


def tell_end(result: Result, folder: Path | None, here: Path, console: Console) -> None:
    """Say why it ended before all was done, how to go on, and what was a defect of ssedrill."""
    if result.failed_fast:
        done = f"{len(result.file.runs)} of {result.file.planned} runs were done"
        console.print(f"Ended with the first bad run (--fail-fast): {done}.", style="bold")
    if result.interrupted:
        console.print(how_far(result.file), style="bold")
        if folder is not None:
            others = f"The same command with --resume {as_seen_from(here, folder)} does the others."
            console.print(others, markup=False, soft_wrap=True)
    for fault in result.faults:
        console.print(f"ssedrill: internal fault in {fault}", markup=False, soft_wrap=True)
