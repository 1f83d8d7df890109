"""One self-contained HTML page: the matrix, and behind each cell the evidence of its runs.

The page needs nothing from elsewhere and allows itself nothing: its content security policy admits only its own style
and, by hash, its own few lines of script. Whatever a client printed is escaped before it gets here or on its way in.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from pathlib import Path

from ssedrill.model.clean_text import safe
from ssedrill.model.phrases import grouped
from ssedrill.model.record import RecordFile, Verdict
from ssedrill.reporting.store.files import write_text
from ssedrill.reporting.views.evidence import evidence
from ssedrill.reporting.views.matrix import Cell, Matrix, lay_out
from ssedrill.reporting.views.over_repeats import repeats_line
from ssedrill.reporting.views.wording import MEANINGS, SYMBOLS, how_far

_COUNTED = {
    Verdict.PASS: "passed",
    Verdict.WARN: "warned",
    Verdict.FAIL: "failed",
    Verdict.NOT_TESTED: "not tested",
    Verdict.UNSUPPORTED: "unsupported",
}


def write(file: RecordFile, path: Path) -> None:
    """Write the page, whole or not at all."""
    write_text(path, to_text(file))


def to_text(file: RecordFile) -> str:
    """Return the page; the same records give the same page."""
    matrix = lay_out(file.runs)
    anchors = {(cell.scenario, cell.client): f"cell-{i}" for i, cell in enumerate(matrix.ordered(), 1)}
    style, script = _asset("report.css"), _asset("report.js")
    style += _asset("calls.css") if any(run.calls for run in file.runs) else ""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    sections = "\n".join(evidence(cell, anchors[cell.scenario, cell.client]) for cell in matrix.ordered())
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{_title(matrix)}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#evidence">Skip to the evidence</a>
<header>
<p class="brand">ssedrill <span>fire drill report</span></p>
{_summary(file, matrix)}
</header>
<main>
<section aria-labelledby="matrix-title">
<div class="bar"><h2 id="matrix-title">Matrix</h2>
<label><input type="checkbox" id="only-bad"> only what is not as expected</label></div>
{_matrix(matrix, anchors)}
{_legend(matrix)}
{_repeats(file)}</section>
<section id="evidence" aria-labelledby="evidence-title">
<h2 id="evidence-title">Evidence</h2>
{sections or "<p>Nothing was run.</p>"}
</section>
</main>
<footer>
{_versions(file)}
<p>Everything on this page is also in <a href="record.json">record.json</a>.</p>
</footer>
<script>{script}</script>
</body>
</html>
"""


def _asset(name: str) -> str:
    return files("ssedrill.reporting.formats").joinpath(name).read_text(encoding="utf-8")


def _title(matrix: Matrix) -> str:
    wrong = matrix.wrong
    return f"ssedrill: {wrong} of {len(matrix.ordered())} went wrong" if wrong else "ssedrill: nothing went wrong"


def _summary(file: RecordFile, matrix: Matrix) -> str:
    counted = matrix.counts()
    wrong = matrix.wrong
    if not matrix.cells:
        headline = "Nothing was run"
    elif wrong:
        headline = f"{wrong} of {grouped(len(matrix.ordered()), 'drill')} went wrong"
    else:
        headline = f"{grouped(len(matrix.ordered()), 'drill')}, nothing went wrong"
    parts = [
        f'<li class="{verdict}"><b>{counted[verdict]}</b> <span>{SYMBOLS[verdict]} {word}</span></li>'
        for verdict, word in _COUNTED.items()
        if counted[verdict]
    ]
    shares = [
        f'<i class="{verdict}" style="flex-grow:{counted[verdict]}"></i>' for verdict in _COUNTED if counted[verdict]
    ]
    stopped = f'<p class="interrupted">{how_far(file)}</p>\n' if file.interrupted else ""
    return (
        f'<h1>{headline}</h1>\n{stopped}<div class="share" aria-hidden="true">{"".join(shares)}</div>\n'
        f'<ul class="counts">{"".join(parts)}</ul>'
    )


def _matrix(matrix: Matrix, anchors: dict[tuple[str, str], str]) -> str:
    heads = "".join(f'<th scope="col"><span>{_breakable(client)}</span></th>' for client in matrix.clients)
    rows = []
    for scenario in matrix.scenarios:
        cells = [matrix.cell(scenario, client) for client in matrix.clients]
        good = all(cell is None or cell.verdict.as_expected for cell in cells)
        body = "".join(_cell(cell, anchors) for cell in cells)
        rows.append(f'<tr{" class=good" if good else ""}><th scope="row">{_breakable(scenario)}</th>{body}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="matrix-title"><table class="matrix">\n'
        f"<thead><tr><td></td>{heads}</tr></thead>\n<tbody>\n{chr(10).join(rows)}\n</tbody></table></div>"
    )


def _cell(cell: Cell | None, anchors: dict[tuple[str, str], str]) -> str:
    if cell is None:
        return '<td class="none"><span aria-label="no dialect in common">·</span></td>'
    only = f'<small class="only">{_breakable(", ".join(cell.only))}</small>' if cell.only else ""
    share = f"<small>{cell.share.strip()}</small>" if cell.share else ""
    told = escape(safe(cell.worst.summary), quote=True)
    symbol = f'<b aria-hidden="true">{SYMBOLS[cell.verdict]}</b>'
    return (
        f'<td><a class="cell {cell.verdict}" href="#{anchors[cell.scenario, cell.client]}" title="{told}">'
        f"{symbol}<span>{_breakable(cell.worst.outcome)}</span>{share}{only}</a></td>"
    )


def _legend(matrix: Matrix) -> str:
    counted = matrix.counts()
    items = [
        f'<li><b class="{verdict}" aria-hidden="true">{SYMBOLS[verdict]}</b> {MEANINGS[verdict]}</li>'
        for verdict in _COUNTED
        if counted[verdict]
    ]
    return f'<ul class="legend">{"".join(items)}</ul>'


def _repeats(file: RecordFile) -> str:
    """Return what only several repeats can tell, as far as anything was asked of them together."""
    if not file.repeats:
        return ""
    items = "".join(
        f'<li class="{one.verdict}"><b class="{one.verdict}" aria-hidden="true">{SYMBOLS[one.verdict]}</b> '
        f"{escape(repeats_line(one))}</li>"
        for one in file.repeats
    )
    return f'<h3>Over the repeats</h3>\n<ul class="repeats">{items}</ul>\n'


def _versions(file: RecordFile) -> str:
    def table(values: dict[str, str]) -> str:
        pairs = [(escape(safe(name)), escape(safe(text))) for name, text in values.items()]
        rows = "".join(f'<tr><th scope="row">{name}</th><td>{text}</td></tr>' for name, text in pairs)
        return f'<table class="facts">{rows}</table>'

    parts = [f"<details><summary>Versions</summary>{table(dict(sorted(file.versions.items())))}</details>"]
    if file.meta:
        meta = {str(name): str(value) for name, value in sorted(file.meta.items())}
        parts.append(f"<details><summary>What differs from run to run</summary>{table(meta)}</details>")
    return "\n".join(parts)


def _breakable(name: str) -> str:
    """Return a name that may be broken after its hyphens and nowhere else."""
    return escape(safe(name)).replace("-", "-<wbr>").replace("/", "/<wbr>")
