"""What a baseline says, on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ssedrill.model.clean_text import safe
from ssedrill.model.record import RecordFile
from ssedrill.reporting.views.known import heading, told
from ssedrill.reporting.views.terminal_text import print_hanging


def print_baseline(console: Console, file: RecordFile, *, quiet: bool = False) -> None:
    """Print how each entry stands to the runs, what is bad first; ``quiet``: nothing but that."""
    for standing, lines in (one for one in told(file) if one[0].bad or not quiet):
        style = "bold red" if standing.bad else "bold"
        console.print()
        print_hanging(console, Text(heading(standing, lines), style=style))
        for line in lines:
            print_hanging(console, Text(safe(line)), 4)
