"""A comparison on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ssedrill.comparing.compare import Comparison
from ssedrill.model.clean_text import safe
from ssedrill.reporting.comparison.told import Item, headline, how_measured, sections, side_by_side_table, versions
from ssedrill.reporting.views.tables import rows_of_text
from ssedrill.reporting.views.terminal_text import is_ascii, print_hanging
from ssedrill.reporting.views.wording import ASCII_SYMBOLS, COLOURS, SYMBOLS


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Print everything: what changed, the clients side by side, how measures were compared, and the count."""
    for line in versions(comparison):
        print_hanging(console, Text(safe(line), style="dim"))
    for section in sections(comparison):
        console.print()
        print_hanging(console, Text(section.title, style="bold") + Text(f": {section.meaning}", style="dim"))
        for item in section.items:
            _print_item(console, item)
    table = side_by_side_table(comparison)
    if table.rows:
        console.print()
        console.print(Text("Side by side, the drills that are in both", style="bold"))
        names, rows = [safe(name) for name, _ in table.rows], [row for _, row in table.rows]
        for text in rows_of_text(names, table.headings, rows, console.width):
            console.print()
            console.print(text, soft_wrap=True)
    console.print()
    for line in how_measured(comparison):
        print_hanging(console, Text(safe(line), style="dim"))
    style = "bold red" if comparison.regressions else "bold green"
    print_hanging(console, Text(headline(comparison), style=style))


def _print_item(console: Console, item: Item) -> None:
    symbol = (ASCII_SYMBOLS if is_ascii(console) else SYMBOLS)[item.verdict]
    arrow = "->" if is_ascii(console) else "→"
    head = Text(f"{symbol} {safe(item.drill)}: ", style=COLOURS[item.verdict])
    head.append(f"{safe(item.was)} {arrow} {safe(item.now)}", "bold")
    head.append("  REGRESSION" if item.regression else "", "bold red")
    print_hanging(console, head)
    for line in item.lines:
        print_hanging(console, Text(safe(line)), 4)
