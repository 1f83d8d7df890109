"""What a person reads at the end of a run: the matrix, what is wrong in plain words, and how to see it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from rich.console import Console
from rich.text import Text

from ssedrill.model.clean_text import safe
from ssedrill.model.phrases import grouped
from ssedrill.model.record import Record, RecordFile, Verdict
from ssedrill.reporting.views.calls import lines_broken, lines_but_ok
from ssedrill.reporting.views.known import not_holding, with_known
from ssedrill.reporting.views.matrix import Cell, Matrix, lay_out, worst_of
from ssedrill.reporting.views.over_repeats import repeats_line
from ssedrill.reporting.views.printed import printed
from ssedrill.reporting.views.side_by_side import columns, price_line, side_by_side
from ssedrill.reporting.views.spread import spreads
from ssedrill.reporting.views.tables import NOT_RUN, rows_of_text, tables
from ssedrill.reporting.views.terminal_baseline import print_baseline
from ssedrill.reporting.views.terminal_calls import print_calls
from ssedrill.reporting.views.terminal_text import is_ascii, print_hanging, print_story
from ssedrill.reporting.views.terminal_wrong import print_wrong
from ssedrill.reporting.views.timeline import timeline
from ssedrill.reporting.views.wording import ASCII_SYMBOLS, COLOURS, MEANINGS, SYMBOLS, reproduce

_NOTHING: Mapping[str, str] = MappingProxyType({})


MOST_PRINTED = 10
"""Of what a client has printed so many lines are told; the page has more of them."""


def print_report(
    console: Console,
    file: RecordFile,
    sources: Mapping[str, str] = _NOTHING,
    *,
    verbose: bool = False,
    quiet: bool = False,
) -> None:
    """Print everything; ``verbose`` begins with the timeline of each run, ``quiet`` tells what went wrong only.

    ``sources`` names the files of scenarios that are not built in, for the commands.
    """
    file = with_known(file)
    if not file.runs:
        console.print("Nothing was run.", style="bold")
        return
    for run in file.runs if verbose else ():
        print_timeline(console, run)
    matrix = lay_out(file.runs)
    ascii_only = is_ascii(console)
    if not quiet:
        for table in tables(matrix, console.width, ascii_only=ascii_only):
            console.print(table, soft_wrap=True)
            console.print()
        _flow(console, legend(matrix, ascii_only=ascii_only))
    print_wrong(console, matrix)
    if not quiet:
        _warned(console, matrix)
    print_baseline(console, file, quiet=quiet)
    if not quiet:
        _side_by_side(console, file)
        _repeats(console, file.runs)
    for one in (together for together in file.repeats if not together.verdict.as_expected):
        print_hanging(console, Text(repeats_line(one), style=COLOURS[one.verdict]))
    console.print()
    print_hanging(console, counts(matrix))
    if said := not_holding(file):
        print_hanging(console, Text(said, style="bold red"))
    worst = worst_of(file.runs)
    if worst is not None and not worst.verdict.as_expected and worst.verdict is not Verdict.KNOWN:
        console.print("See the worst again:", style="dim")
        console.print(Text(f"  {safe(reproduce(worst, sources))} -v"), soft_wrap=True)


def legend(matrix: Matrix, *, ascii_only: bool = False) -> list[Text]:
    """Return what the symbols mean, for those that occur, item by item."""
    symbols = ASCII_SYMBOLS if ascii_only else SYMBOLS
    counted = matrix.counts()
    parts = [
        Text(f"{symbols[verdict]} {MEANINGS[verdict]}", style=COLOURS[verdict])
        for verdict in Verdict
        if counted[verdict]
    ]
    cells = matrix.ordered()
    if len(cells) < len(matrix.scenarios) * len(matrix.clients):
        parts.append(Text(f"{NOT_RUN} no dialect in common", style="dim"))
    if any(cell.share for cell in cells):
        parts.append(Text("n/m so many of m runs; the worst is shown", style="dim"))
    if any(cell.only for cell in cells):
        parts.append(Text("a name below: only in this dialect", style="dim"))
    return parts


def counts(matrix: Matrix) -> Text:
    """Return the count line; what was not tested is said in capitals."""
    counted = matrix.counts()
    runs = sum(len(cell.runs) for cell in matrix.ordered())
    words = {
        Verdict.PASS: "passed",
        Verdict.WARN: "with warnings",
        Verdict.KNOWN: "known",
        Verdict.FAIL: "failed",
        Verdict.NOT_TESTED: "NOT TESTED",
        Verdict.UNSUPPORTED: "unsupported",
    }
    cells = grouped(len(matrix.ordered()), "cell")
    line = Text(f"{cells}, {grouped(runs, 'run')}: " if runs != len(matrix.ordered()) else f"{cells}: ", style="bold")
    found = [Text(f"{counted[v]:,} {word}", style=COLOURS[v]) for v, word in words.items() if counted[v]]
    return line + Text(", ").join(found)


def _warned(console: Console, matrix: Matrix) -> None:
    warned = matrix.warned()
    if not warned:
        return
    console.print()
    console.print(Text("What could be better", style="bold"))
    for told, cells in _by_warning(warned).items():
        print_hanging(console, Text(f"~ {told}", style=COLOURS[cells[0].worst.verdict]))
        for clients, scenarios in _shared_scenarios(cells).items():
            who = ", ".join(map(safe, clients))
            print_hanging(console, Text(f"{who}: {', '.join(map(safe, scenarios))}"), 4)


def _side_by_side(console: Console, file: RecordFile) -> None:
    """Print the measures of each client, if there are several, or a price asks for them."""
    found = side_by_side(file)
    if len(found) < 2 and file.price is None:
        return
    wanted = columns(found)
    rows = [[one.words(measures) for one in wanted] for measures in found]
    names = [safe(measures.client) for measures in found]
    console.print()
    console.print(Text("Side by side", style="bold"))
    for table in rows_of_text(names, [one.heading for one in wanted], rows, console.width):
        console.print()
        console.print(table, soft_wrap=True)
    if said := price_line(file):
        print_hanging(console, Text(said, style="dim"), 0)


def _repeats(console: Console, runs: Sequence[Record]) -> None:
    found = spreads(runs)
    if not found:
        return
    console.print()
    console.print(Text("Over the repeats", style="bold"))
    for drill, measures in groupby(found, key=lambda one: (one.scenario, one.client, one.dialect)):
        scenario, client, dialect = map(safe, drill)
        print_hanging(console, Text(f"{scenario}: {client} ({dialect})"))
        for one in measures:
            line = (
                f"{one.measure}: median {one.middle}, p95 {one.p95}, {one.least} to {one.most}, {one.count} repeats"
            )
            print_hanging(console, Text(line), 4)


def _by_warning(cells: list[Cell]) -> dict[str, list[Cell]]:
    """Gather the cells whose worst runs broke the same SHOULDs."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        told = "; ".join(line.replace("SHOULD ", "", 1) for line in lines_broken(cell.worst))
        groups.setdefault(told, []).append(cell)
    return groups


def _shared_scenarios(cells: list[Cell]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return clients that share a list of scenarios, with that list."""
    of_client: dict[str, dict[str, None]] = {}  # a dict for its order: a scenario counts once for all its dialects
    for cell in cells:
        of_client.setdefault(cell.client, {})[cell.worst.scenario] = None
    shared: dict[tuple[str, ...], list[str]] = {}
    for client, scenarios in of_client.items():
        shared.setdefault(tuple(scenarios), []).append(client)
    return {tuple(clients): scenarios for scenarios, clients in shared.items()}


def _flow(console: Console, items: list[Text]) -> None:
    """Print items beside each other, as many as fit into a line, none of them broken."""
    line = Text()
    for item in items:
        if line and line.cell_len + 3 + item.cell_len > console.width:
            console.print(line, soft_wrap=True)
            line = Text()
        line = line + Text("   " if line else "") + item
    console.print(line, soft_wrap=True)


def print_timeline(console: Console, record: Record) -> None:
    """Print the story of one run: the wire on the left margin, the application indented."""
    names = "  ".join(safe(name) for name in (record.scenario, record.client, record.dialect))
    print_hanging(console, Text(names, style="bold"))
    if record.calls:
        print_calls(console, record)
    else:
        print_story(console, timeline(record))
    sign = (ASCII_SYMBOLS if is_ascii(console) else SYMBOLS)[record.verdict]
    print_hanging(console, Text(f"{sign} {record.outcome}: {safe(record.summary)}", style=COLOURS[record.verdict]))
    for line in lines_but_ok(record):
        print_hanging(console, Text(line, style="dim"), 4)
    for note in record.notes:
        print_hanging(console, Text(f"note: {safe(note)}", style="dim"))
    for title, said in printed(record):
        console.print(Text(f"{title}:", style="dim"))
        for line in said.splitlines()[-MOST_PRINTED:]:
            print_hanging(console, Text(safe(line), style="dim"), 4)
    console.print()
