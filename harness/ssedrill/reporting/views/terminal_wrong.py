"""What went wrong, on a terminal: a paragraph for all cells of which the very same is to be said."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ssedrill.model.clean_text import safe
from ssedrill.model.record import Verdict
from ssedrill.reporting.views.calls import lines_to_tell
from ssedrill.reporting.views.matrix import Cell, Matrix
from ssedrill.reporting.views.terminal_text import is_ascii, print_hanging
from ssedrill.reporting.views.wording import ASCII_SYMBOLS, COLOURS, SYMBOLS

SHOWN_NOTES = 2
"""Remarks of the driver's that are printed under a bad cell; the record has them all."""


def print_wrong(console: Console, matrix: Matrix) -> None:
    """Print a paragraph for each kind of bad cell; nothing if there is none."""
    bad = matrix.bad()
    if not bad:
        return
    console.print()
    console.print(Text("What went wrong", style="bold"))
    for cells in _alike(bad):
        _cells(console, cells)


def _alike(cells: list[Cell]) -> list[list[Cell]]:
    """Put cells together if the very same is to be said of them, whatever their scenarios."""
    groups: dict[object, list[Cell]] = {}
    for cell in cells:
        run = cell.worst
        told = (run.outcome, cell.share, run.summary, *lines_to_tell(run), *run.notes[:SHOWN_NOTES])
        groups.setdefault(told, []).append(cell)
    return list(groups.values())


def _cells(console: Console, cells: list[Cell]) -> None:
    run, symbols = cells[0].worst, ASCII_SYMBOLS if is_ascii(console) else SYMBOLS
    where = _where(cells)
    only = next(iter(where.items())) if len(where) == 1 else None
    named = f"{', '.join(only[1])} " if only else ""
    head = Text(f"{symbols[run.verdict]} {named}", style=COLOURS[run.verdict])
    head.append(f"{run.outcome}{cells[0].share}", "bold")
    head.append(f": {only[0]}" if only else "")
    print_hanging(console, head, 0)
    for who, scenarios in () if only else where.items():
        print_hanging(console, Text(f"{', '.join(scenarios)}: {who}"), 4)
    if run.verdict is Verdict.NOT_TESTED:
        print_hanging(console, Text(f"NOT TESTED: {safe(run.summary)}", style=COLOURS[run.verdict]), 4)
    else:
        print_hanging(console, Text(safe(run.summary)), 4)
    for line in lines_to_tell(run):
        print_hanging(console, Text(line, style="dim"), 4)
    for note in run.notes[:SHOWN_NOTES]:
        print_hanging(console, Text(f"note: {safe(note)}"), 4)


def _where(cells: list[Cell]) -> dict[str, list[str]]:
    """Return who is in which scenarios: clients that are in the same ones share them."""
    by_scenario: dict[str, list[Cell]] = {}
    for cell in cells:
        by_scenario.setdefault(cell.scenario, []).append(cell)
    found: dict[str, list[str]] = {}
    for scenario, its in by_scenario.items():
        found.setdefault(_who(its), []).append(safe(scenario))
    return found


def _who(cells: list[Cell]) -> str:
    clients: dict[str, list[str]] = {}
    for cell in cells:
        clients.setdefault(cell.client, []).append(cell.worst.dialect)
    return ", ".join(f"{safe(name)} ({', '.join(map(safe, dialects))})" for name, dialects in clients.items())
