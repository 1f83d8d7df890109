"""Text on a terminal: wrapped at words, later lines set in; and the rows of a story."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ssedrill.model.clean_text import safe
from ssedrill.reporting.views.timeline import Row, excerpt, plain
from ssedrill.reporting.views.wording import SYMBOLS, seconds


def is_ascii(console: Console) -> bool:
    """Tell whether the console's encoding lacks the signs that the matrix uses."""
    try:
        "".join((*SYMBOLS.values(), "─←→…")).encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def print_hanging(console: Console, text: Text, indent: int = 0, *, hanging: int = 2) -> None:
    """Print text wrapped at words, its later lines set in; only the text's own style applies, no highlighting."""
    for i, line in enumerate(text.wrap(console, max(20, console.width - indent - hanging))):
        line.rstrip()
        console.print(Text(" " * (indent + (hanging if i else 0))) + line, highlight=False, soft_wrap=True)


def print_story(console: Console, rows: list[Row]) -> None:
    """Print a story: the wire on the left margin, the application indented; with its calls, if there are several."""
    first, left_out, last = excerpt(rows)
    width = max((len(row.calls) for row in (*first, *last)), default=0)
    for row in first:
        _print_row(console, row, width)
    if left_out:
        print_hanging(console, Text(left_out, style="dim"))
    for row in last:
        _print_row(console, row, width)


def _print_row(console: Console, row: Row, width: int) -> None:
    style = "bold red" if row.bad else "yellow" if row.fault else "cyan" if row.side == "app" else ""
    who = "app   " if row.side == "app" else "wire  "
    line = Text(f"{seconds(row.t):>11}  ", style="dim")
    line.append(f"{row.calls:>{width}}  " if width else "", style="bold")
    line.append(who, style="dim")
    line.append(("    " if row.side == "app" else "") + safe(plain(row), 300), style=style)
    print_hanging(console, line, 0, hanging=23 + (width + 2 if width else 0))
