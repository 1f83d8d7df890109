"""Markdown for a pull request's comment: the matrix and what went wrong."""

from __future__ import annotations

import html
import re
from pathlib import Path

from ssedrill.model.clean_text import safe
from ssedrill.model.phrases import grouped
from ssedrill.model.record import RecordFile
from ssedrill.reporting.store.files import write_text
from ssedrill.reporting.views.calls import lines_to_tell
from ssedrill.reporting.views.known import heading, not_holding, told, with_known
from ssedrill.reporting.views.matrix import Cell, lay_out, worst_of
from ssedrill.reporting.views.over_repeats import repeats_line
from ssedrill.reporting.views.side_by_side import columns, price_line, side_by_side
from ssedrill.reporting.views.spread import spreads
from ssedrill.reporting.views.terminal import counts, legend
from ssedrill.reporting.views.wording import SYMBOLS, how_far, reproduce

LONGEST = 60_000
"""Characters; comments on the large forges end a little above this."""


MOST_OF_MATRIX = 30_000
"""Characters of its rows."""
MOST_SPREADS = 40
MOST_CLIENTS = 100
MOST_ENTRIES = 40
MOST_LINES = 20
"""So many checks are told of a cell: more can only be those of many calls."""


def write(file: RecordFile, path: Path) -> None:
    """Write the Markdown file, whole or not at all."""
    write_text(path, to_text(file))


def to_text(file: RecordFile) -> str:
    """Return the Markdown; if it would be too long for a comment, the matrix and the list are cut and say so."""
    file = with_known(file)
    matrix = lay_out(file.runs)
    lines = ["## ssedrill", "", f"**{escape(counts(matrix).plain)}**", ""]
    if said := not_holding(file):
        lines += [f"**{said}**", ""]
    if file.interrupted:
        lines += [f"**{how_far(file)}**", ""]
    lines.append("| scenario | " + " | ".join(escape(client) for client in matrix.clients) + " |")
    lines.append("|---|" + "---|" * len(matrix.clients))
    left = MOST_OF_MATRIX
    for shown, scenario in enumerate(matrix.scenarios):
        cells = [_cell(matrix.cell(scenario, client)) for client in matrix.clients]
        row = f"| {escape(scenario)} | " + " | ".join(cells) + " |"
        left -= len(row) + 1
        if left < 0:
            lines += ["", f"… and {grouped(len(matrix.scenarios) - shown, 'more scenario')}."]
            break
        lines.append(row)
    lines += ["", " · ".join(escape(item.plain) for item in legend(matrix)), ""]
    lines += _side_by_side(file)
    items = [_item(cell) for cell in matrix.bad()]
    if items:
        lines += ["### What went wrong", ""]
    left = LONGEST - sum(len(line) + 1 for line in lines) - 500
    for i, item in enumerate(items):
        left -= len(item) + 1
        if left < 0:
            lines.append(f"- … and {len(items) - i} more: see the other report formats.")
            break
        lines.append(item)
    lines += _baseline(file)
    lines += _repeats(file)
    lines += ["", *(f"- {escape(repeats_line(one))}" for one in file.repeats)] if file.repeats else []
    worst = worst_of(file.runs)
    if worst is not None and worst.verdict.bad:
        lines += ["", "See the worst again:", "", f"    {safe(reproduce(worst))}"]
    return "\n".join(lines) + "\n"


def _side_by_side(file: RecordFile) -> list[str]:
    found = side_by_side(file)
    wanted = columns(found)
    rows = [f"| {escape(one.client)} | {' | '.join(column.words(one) for column in wanted)} |" for one in found]
    head = ["### Side by side", "", f"| client | {' | '.join(one.heading for one in wanted)} |"]
    more = [f"\n… and {grouped(len(rows) - MOST_CLIENTS, 'more client')}."] if len(rows) > MOST_CLIENTS else []
    said = ["", price_line(file)] if file.price is not None else []
    return [*head, "|---|" + "--:|" * len(wanted), *rows[:MOST_CLIENTS], *more, *said, ""] if rows else []


def _baseline(file: RecordFile) -> list[str]:
    lines: list[str] = []
    for standing, found in told(file):
        more = [f"- … and {len(found) - MOST_ENTRIES} more."] if len(found) > MOST_ENTRIES else []
        lines += ["", f"### {heading(standing, found)}", ""]
        lines += [*(f"- {escape(line)}" for line in found[:MOST_ENTRIES]), *more]
    return lines


def _repeats(file: RecordFile) -> list[str]:
    found = spreads(file.runs)
    if not found:
        return []
    head = [
        "",
        "### Over the repeats",
        "",
        "| drill | measure | median | p95 | least | most |",
        "|---|---|---|---|---|---|",
    ]
    rows = [
        f"| {escape(f'{one.scenario}, {one.client} ({one.dialect})')} | {one.measure} "
        f"| {one.middle} | {one.p95} | {one.least} | {one.most} |"
        for one in found[:MOST_SPREADS]
    ]
    more = [f"\n… and {len(found) - MOST_SPREADS} more."] if len(found) > MOST_SPREADS else []
    return head + rows + more


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return ""
    only = f"<br>{escape(', '.join(cell.only))}" if cell.only else ""
    text = f"{SYMBOLS[cell.verdict]} {cell.worst.outcome}{cell.share}"
    return (f"**{text}**" if cell.verdict.bad else text.replace("~", "\\~")) + only


def _item(cell: Cell) -> str:
    run = cell.worst
    head = f"- {SYMBOLS[run.verdict]} **{escape(run.scenario)}**, {escape(run.client)} ({escape(run.dialect)}): "
    told = f"{run.outcome}{cell.share}: {escape(run.summary)}"
    checks = [f"\n  - {escape(line)}" for line in lines_to_tell(run)[:MOST_LINES]]
    return head + told + "".join(checks)


_PUNCTUATION = re.compile(r"([\\`*_{}\[\]|~$])")
_REFERENCE = re.compile(r"(?<=[@#])(?=\w)|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)


def escape(text: str) -> str:
    """Return text that is shown as it is in the middle of a line: no markup, no table borders, no mention, no link.

    Forges turn ``@name``, ``#12`` and addresses in plain text into links: a zero-width space keeps them text.
    """
    apart = _REFERENCE.sub("\u200b", safe(text, 1000))
    return html.escape(_PUNCTUATION.sub(r"\\\1", apart), quote=False)
