"""The matrix as tables of text that fit a given width, whatever it takes: turned over, or split into several."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from ssedrill.model.record import Verdict
from ssedrill.reporting.views.matrix import Cell, Matrix
from ssedrill.reporting.views.wording import ASCII_SYMBOLS, COLOURS, SYMBOLS

GAP = 2
"""Blanks between two columns."""

NOT_RUN = "."
LEAST_WIDTH, LONGEST_WORD = 12, 24
"""A heading may make its column so wide, and for a word of it that must not be broken, so wide."""
_WORD = re.compile(r"[-/._:=@,]*[^-/._:=@,\s]*[-/._:=@,]*\s*")


@dataclass(frozen=True)
class Column:
    """A heading and the cells below it, each as lines of text with the style they share."""

    heading: list[str]
    cells: list[tuple[list[str], str]]

    @property
    def width(self) -> int:
        """The width of its widest line."""
        lines = [*self.heading, *(line for lines, _ in self.cells for line in lines)]
        return max(map(cell_len, lines), default=0)


def tables(matrix: Matrix, width: int, *, ascii_only: bool = False) -> list[Text]:
    """Return the matrix as one or more tables no wider than ``width``, in the direction that takes fewer lines.

    No name and no outcome is ever cut: a table that would be too wide is split, a name that is too long is wrapped.
    Only a terminal that is narrower than a single outcome beside its row's name gets longer lines.
    """
    symbols = ASCII_SYMBOLS if ascii_only else SYMBOLS
    upright = _tables(matrix, width, symbols, turned=False)
    turned = _tables(matrix, width, symbols, turned=True)
    # Scenarios belong on the left: only a clear gain is worth turning the table over.
    clear = len(turned) == 1 < len(upright) or _height(turned) < 0.75 * _height(upright)
    return turned if clear else upright


def _height(found: list[Text]) -> int:
    return sum(len(table.plain.splitlines()) + 1 for table in found)


def _tables(matrix: Matrix, width: int, symbols: Mapping[Verdict, str], *, turned: bool) -> list[Text]:
    rows, heads = (matrix.clients, matrix.scenarios) if turned else (matrix.scenarios, matrix.clients)
    columns = []
    for head in heads:
        cells = [matrix.cell(head, row) if turned else matrix.cell(row, head) for row in rows]
        content = [_content(cell, symbols) for cell in cells]
        body = max((cell_len(line) for lines, _ in content for line in lines), default=0)
        word = max(min(cell_len(word.rstrip()), LONGEST_WORD) for word in _words(head))
        columns.append(Column(wrap(head, max(body, word, LEAST_WIDTH)), content))
    return _split(rows, columns, width)


def rows_of_text(
    names: Sequence[str], headings: Sequence[str], rows: Sequence[Sequence[str]], width: int
) -> list[Text]:
    """Return a table of text, a name and a row of cells each, as one or more tables no wider than ``width``."""
    columns = []
    for heading, cells in zip(headings, zip(*rows, strict=True), strict=True):
        size = max(map(cell_len, cells))
        content = [([" " * (size - cell_len(cell)) + cell], "") for cell in cells]
        columns.append(Column(heading.split(" "), content))
    return _split(names, columns, width)


def _split(rows: Sequence[str], columns: Sequence[Column], width: int) -> list[Text]:
    """Return columns as tables that fit a width, each with the names of the rows on its left."""
    widest = max((column.width for column in columns), default=0)
    room = max(width - widest - GAP, 16)
    names = Column([""], [(wrap(row, room), "bold") for row in rows])
    groups: list[list[Column]] = []
    used = width
    for column in columns:
        needed = GAP + column.width
        if not groups or used + needed > width:
            groups.append([])
            used = names.width
        groups[-1].append(column)
        used += needed
    return [_table([names, *group]) for group in groups]


def _content(cell: Cell | None, symbols: Mapping[Verdict, str]) -> tuple[list[str], str]:
    if cell is None:
        return [NOT_RUN], "dim"
    return cell.lines(dict(symbols)), COLOURS[cell.verdict]


def _table(columns: list[Column]) -> Text:
    text = Text(no_wrap=True, overflow="ignore")
    depth = max(len(column.heading) for column in columns)
    heads = [[""] * (depth - len(column.heading)) + column.heading for column in columns]
    for line in range(depth):
        _line(text, columns, [(head[line], "bold") for head in heads])
    _line(text, columns, [("─" * column.width if column.width else "", "dim") for column in columns])
    for row in range(len(columns[0].cells)):
        cells = [column.cells[row] for column in columns]
        for line in range(max(len(lines) for lines, _ in cells)):
            _line(text, columns, [(lines[line] if line < len(lines) else "", style) for lines, style in cells])
    text.rstrip()
    return text


def _line(text: Text, columns: list[Column], parts: list[tuple[str, str]]) -> None:
    line = Text()
    for column, (part, style) in zip(columns, parts, strict=True):
        line.append(part, style=style)
        line.append(" " * (column.width - cell_len(part) + GAP))
    line.rstrip()
    text.append_text(line)
    text.append("\n")


def wrap(name: str, width: int) -> list[str]:
    """Break a name between words (inside one only if it is too long) into lines of at most ``width`` cells."""
    lines = [""]
    for word in _words(name):
        if lines[-1] and cell_len(lines[-1] + word.rstrip()) > width:
            lines[-1:] = [lines[-1].rstrip(), ""]
        lines[-1] += word
        while cell_len(lines[-1].rstrip()) > width:
            longest = min(len(lines[-1]), width)  # not the whole name: it may be long, and each look goes through it
            cut = next(i for i in range(max(longest, 1), 0, -1) if cell_len(lines[-1][:i]) <= width or i == 1)
            lines[-1:] = [lines[-1][:cut], lines[-1][cut:]]
    return lines


def _words(name: str) -> list[str]:
    """Return the words of a name, each with the blanks and signs behind it."""
    return _WORD.findall(name)
