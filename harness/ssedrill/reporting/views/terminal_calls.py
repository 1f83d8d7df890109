"""The calls of a run on a terminal: what came of each, and the story of those that are not as expected."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ssedrill.model.clean_text import safe
from ssedrill.model.phrases import grouped
from ssedrill.model.record import Record
from ssedrill.reporting.views.call_timeline import CallStories
from ssedrill.reporting.views.calls import HEADINGS, CallRow, Way, how_many, table, to_look_at, ways
from ssedrill.reporting.views.terminal_text import is_ascii, print_hanging, print_story
from ssedrill.reporting.views.wording import ASCII_SYMBOLS, COLOURS, SYMBOLS

MOST_TOLD = 5
"""So many stories of calls are printed for a run."""


def print_calls(console: Console, record: Record) -> None:
    """Print the table of a run's calls, the story of all of them, and those of the calls that are not as expected."""
    stories, looked_at = CallStories.of(record), to_look_at(ways(record))
    _print_table(console, *table(record))
    if len(record.calls) == 1:
        print_story(console, stories.one(record.calls[0]))
        return
    print_hanging(console, Text(f"{how_many(record)}; each line names those that it is about", style="bold"))
    print_story(console, stories.all())
    for way in looked_at[:MOST_TOLD]:
        _print_call(console, stories, way)
    if len(looked_at) > MOST_TOLD:
        more = f"… and {grouped(len(looked_at) - MOST_TOLD, 'more way')} in which calls went wrong"
        print_hanging(console, Text(more, style="dim"))


def _print_call(console: Console, stories: CallStories, way: Way) -> None:
    call = way.first
    symbols = ASCII_SYMBOLS if is_ascii(console) else SYMBOLS
    alike = f" ({way.others})" if way.others else ""
    print_hanging(console, Text(f"call {call.number}{alike}", style="bold"))
    print_story(console, stories.one(call))
    told = f"{symbols[call.verdict]} {call.outcome}: {safe(call.summary)}"
    print_hanging(console, Text(told, style=COLOURS[call.verdict]))


def _print_table(console: Console, rows: list[CallRow], more: str) -> None:
    """Print the table, without the columns in which nothing stands; the last one may be broken."""
    symbols = ASCII_SYMBOLS if is_ascii(console) else SYMBOLS
    cells = [[safe(cell) for cell in row.cells] for row in rows]
    used = [i for i in range(len(HEADINGS)) if any(row[i] for row in cells)]
    widths = {i: max(cell_len(line[i]) for line in (HEADINGS, *cells)) for i in used[:-1]}

    def line(words: tuple[str, ...] | list[str]) -> str:
        return "  ".join(f"{words[i]:<{widths.get(i, 0)}}" for i in used)

    print_hanging(console, Text(f"  {line(HEADINGS)}", style="dim"), hanging=4)
    for row, words in zip(rows, cells, strict=True):
        told = Text(f"{symbols[row.verdict]} ", COLOURS[row.verdict]) + Text(line(words))
        print_hanging(console, told, hanging=4)
    if more:
        print_hanging(console, Text(more, style="dim"))
