"""The matrix as a part of a page: a row for each scenario, a column for each client, links to the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from ssedrill.model.record import RecordFile, Severity, Verdict
from ssedrill.reporting.views import anchors
from ssedrill.reporting.views.matrix import Cell, Matrix
from ssedrill.reporting.views.over_repeats import repeats_line
from ssedrill.reporting.views.page_text import breakable, text
from ssedrill.reporting.views.what_broke import blame
from ssedrill.reporting.views.wording import COUNTED, MEANINGS, SEVERITIES, SYMBOLS


def row_class(matrix: Matrix, scenario: str) -> str:
    """Return the classes of a scenario's row: ``bad`` if it has a failure, ``same`` if all its clients did alike."""
    cells = [cell for client in matrix.clients if (cell := matrix.cell(scenario, client)) is not None]
    bad = any(cell.verdict.bad for cell in cells)
    ways = {(cell.verdict, cell.worst.outcome, blame(cell.worst)) for cell in cells}
    return " ".join(name for name, holds in (("bad", bad), ("same", len(ways) == 1)) if holds)


def families_of(matrix: Matrix, file: RecordFile) -> list[tuple[str, list[str]]]:
    """Return the families of the scenarios, in the order in which they ran, each with its scenarios."""
    known = {one.name: one.family for one in file.scenarios}
    order = list(dict.fromkeys(known.get(name, "") for name in matrix.scenarios))
    ordered = sorted(matrix.scenarios, key=lambda name: order.index(known.get(name, "")))
    return [(family, list(names)) for family, names in groupby(ordered, key=lambda name: known.get(name, ""))]


def matrix_table(file: RecordFile, matrix: Matrix) -> str:
    """Return the table."""
    heads = "".join(_head(matrix, client, file.versions) for client in matrix.clients)
    about = {one.name: one.about for one in file.scenarios}
    bodies = []
    for family, scenarios in families_of(matrix, file):
        rows = "\n".join(_row(matrix, scenario, about.get(scenario, "")) for scenario in scenarios)
        named = f'<th scope="rowgroup" colspan="{len(matrix.clients) + 1}"><span>{text(family)}</span></th>'
        head = f'<tr class="family">{named}</tr>\n' if family else ""
        bodies.append(f"<tbody{family_class(matrix, scenarios)}>\n{head}{rows}\n</tbody>")
    return (
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="matrix-title">'
        f'<table class="matrix" style="--clients:{len(matrix.clients)}">\n<colgroup><col></colgroup>\n'
        f'<thead><tr><th scope="col">scenario</th>{heads}</tr></thead>\n{chr(10).join(bodies)}</table></div>'
    )


def family_class(matrix: Matrix, scenarios: list[str]) -> str:
    """Return the attribute by which a family is hidden with the last of its scenarios; a blank is before it."""
    found = [row_class(matrix, scenario).split() for scenario in scenarios]
    bad, same = any("bad" in one for one in found), all("same" in one for one in found)
    names = " ".join(name for name, holds in (("bad", bad), ("same", same)) if holds)
    return f' class="{names}"' if names else ""


def _head(matrix: Matrix, client: str, versions: Mapping[str, str]) -> str:
    counts = matrix.counts(client)
    totals = "".join(
        f'<b class="{verdict}" title="{counts[verdict]:,} {word}">{SYMBOLS[verdict]}{counts[verdict]:,}</b> '
        for verdict, word in COUNTED.items()
        if counts[verdict]
    )
    version = versions.get(f"client {client}", "")
    said = f"<small>{breakable(version)}</small>" if version else ""
    return (
        f'<th scope="col"><a href="#{anchors.measures(client)}">{breakable(client)}</a>{said}'
        f'<span class="totals">{totals}</span></th>'
    )


def _row(matrix: Matrix, scenario: str, about: str) -> str:
    cells = "".join(_cell(matrix.cell(scenario, client)) for client in matrix.clients)
    css = row_class(matrix, scenario)
    return (
        f'<tr{f" class={chr(34)}{css}{chr(34)}" if css else ""} id="{anchors.row(scenario)}">'
        f'<th scope="row" title="{text(about)}">{breakable(scenario)}</th>{cells}</tr>'
    )


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return '<td class="none"><span aria-label="no dialect in common">·</span></td>'
    run = cell.worst
    why = " · ".join(part for part in (cell.share.strip(), blame(run), ", ".join(cell.only)) if part)
    more = f" <small>{text(why, 120)}</small>" if why else ""
    return (
        f'<td><a class="cell {cell.verdict}" id="{anchors.cell(cell.scenario, cell.client)}"'
        f' href="#{anchors.card(cell.scenario, cell.client)}" title="{text(run.summary)}">'
        f'<b role="img" aria-label="{cell.verdict}">{SYMBOLS[cell.verdict]}</b> <span>{run.outcome}</span>{more}'
        "</a></td>"
    )


def legend(matrix: Matrix) -> str:
    """Return what the signs mean, of those that occur, and what MUST and SHOULD mean."""
    counted = matrix.counts()
    signs = [
        f'<li><b class="{verdict}" aria-hidden="true">{SYMBOLS[verdict]}</b> {MEANINGS[verdict]}</li>'
        for verdict in COUNTED
        if counted[verdict]
    ]
    cells = matrix.ordered()
    signs += ["<li><i>n/m</i> so many of m runs; the worst is shown</li>"] if any(one.share for one in cells) else []
    if len(cells) < len(matrix.scenarios) * len(matrix.clients):
        signs.append("<li><b>·</b> no dialect in common</li>")
    words = [f"<li><b>{one.upper()}</b> {SEVERITIES[one]}</li>" for one in Severity]
    return f'<ul class="legend">{"".join([*signs, *words])}</ul>'


def over_repeats(file: RecordFile) -> str:
    """Return what only several repeats can tell, as far as anything was asked of them together."""
    if not file.repeats:
        return ""
    items = "".join(
        f'<li class="{one.verdict}"><b class="{one.verdict}" aria-hidden="true">{SYMBOLS[one.verdict]}</b> '
        f"{text(repeats_line(one), 4000)}</li>"
        for one in file.repeats
    )
    return f'<h3>Over the repeats</h3>\n<ul class="repeats">{items}</ul>\n'


def worst_ways(matrix: Matrix) -> list[tuple[str, list[Cell]]]:
    """Return in what ways drills went wrong, the most frequent first, each with its cells."""
    ways: dict[str, list[Cell]] = {}
    for cell in (one for one in matrix.ordered() if one.verdict.bad):
        broke = blame(cell.worst)
        said = (
            f"{cell.worst.outcome}: {broke}" if broke and cell.verdict is Verdict.FAIL else cell.worst.outcome.value
        )
        ways.setdefault(said, []).append(cell)
    return sorted(ways.items(), key=lambda way: -len(way[1]))
