"""The top of a page: what came of it, what broke, when and with what it was run, and how to do it again."""

from __future__ import annotations

from ssedrill.model.phrases import grouped
from ssedrill.model.record import RecordFile
from ssedrill.reporting.views import anchors
from ssedrill.reporting.views.known import not_holding
from ssedrill.reporting.views.matrix import Matrix
from ssedrill.reporting.views.page_matrix import worst_ways
from ssedrill.reporting.views.page_text import command, text
from ssedrill.reporting.views.wording import COUNTED, SYMBOLS, how_far, reproduce

MOST_WAYS = 12
"""So many ways in which drills went wrong are told at the top."""


def title(file: RecordFile, matrix: Matrix) -> str:
    """Return the page's title."""
    wrong = matrix.wrong
    if wrong:
        return f"ssedrill: {wrong} of {len(matrix.ordered())} went wrong"
    return f"ssedrill: {not_holding(file) or 'nothing went wrong'}"


def head(file: RecordFile, matrix: Matrix) -> str:
    """Return the top of the page."""
    counted = matrix.counts()
    numbers = [
        f'<li class="{verdict}"><b>{counted[verdict]:,}</b> <span>{SYMBOLS[verdict]} {word}</span></li>'
        for verdict, word in COUNTED.items()
        if counted[verdict]
    ]
    shares = [
        f'<i class="{verdict}" style="flex-grow:{counted[verdict]}"></i>' for verdict in COUNTED if counted[verdict]
    ]
    stopped = f'<p class="interrupted">{how_far(file)}</p>\n' if file.interrupted else ""
    return (
        f'<p class="brand">ssedrill <span>fire drill report</span></p>\n<h1>{_headline(file, matrix)}</h1>\n{stopped}'
        f'<div class="share" aria-hidden="true">{"".join(shares)}</div>\n<ul class="counts">{"".join(numbers)}</ul>\n'
        f"{_broke(matrix)}{_made(file)}"
    )


def _headline(file: RecordFile, matrix: Matrix) -> str:
    drills = grouped(len(matrix.ordered()), "drill")
    if not matrix.cells:
        return "Nothing was run"
    stale = f", {said}" if (said := not_holding(file)) else ""
    if matrix.wrong:
        return f"{matrix.wrong:,} of {drills} went wrong{stale}"
    return f"{drills}{stale}" if stale else f"{drills}, nothing went wrong"


def _broke(matrix: Matrix) -> str:
    """Return what went wrong, each way with how often and a link to the first drill that did."""
    found = worst_ways(matrix)
    items = [
        f'<li><a class="{cells[0].verdict}" href="#{anchors.card(cells[0].scenario, cells[0].client)}"'
        f' title="{text(", ".join(dict.fromkeys(cell.scenario for cell in cells)))}">'
        f"{SYMBOLS[cells[0].verdict]} {text(said)} <b>{len(cells):,}</b></a></li>"
        for said, cells in found[:MOST_WAYS]
    ]
    left = len(found) - MOST_WAYS
    more = f"<li>and {grouped(left, 'other way')}</li>" if left > 0 else ""
    return f'<nav aria-label="What went wrong"><ul class="ways">{"".join(items)}{more}</ul></nav>\n' if items else ""


def _made(file: RecordFile) -> str:
    """Return when and with what it was run, and the command."""
    meta, versions = file.meta, file.versions
    facts = [grouped(len(file.runs), "run")]
    facts += [f"on {_date(str(meta['wall_clock_started']))}"] if "wall_clock_started" in meta else []
    facts += [f"in {meta['wall_clock_s']} s"] if "wall_clock_s" in meta else []
    names = {"ssedrill": "ssedrill", "python": "Python", "platform": "on"}
    facts += [f"{name} {versions[key]}" for key, name in names.items() if key in versions]
    said = f'<p class="made">{" · ".join(text(fact) for fact in facts)}</p>\n'
    again = str(meta["command"]) if "command" in meta else reproduce(file.runs[0]) if len(file.runs) == 1 else ""
    return said + (f'<p class="again">Again: <code>{command(again)}</code></p>\n' if again else "")


def _date(iso: str) -> str:
    """Return a moment in ISO 8601 as people read it."""
    return iso.replace("T", " ").replace("+00:00", " UTC")


def foot(file: RecordFile) -> str:
    """Return the versions of everything, and what differs from run to run."""
    parts = [f"<details><summary>Versions</summary>{_table(dict(sorted(file.versions.items())))}</details>"]
    if file.meta:
        meta = {str(name): str(value) for name, value in sorted(file.meta.items())}
        parts.append(f"<details><summary>What differs from run to run</summary>{_table(meta)}</details>")
    return "\n".join(parts)


def _table(values: dict[str, str]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{text(name)}</th><td>{text(said)}</td></tr>' for name, said in values.items()
    )
    return f'<table class="facts">{rows}</table>'
