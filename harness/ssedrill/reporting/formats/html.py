"""One self-contained HTML page: what broke, the matrix, the clients side by side, and the evidence behind each cell.

The page needs nothing from elsewhere and allows itself nothing: its content security policy admits only its own style
and, by hash, its own few lines of script. All but the search works without the script. Whatever a client printed is
escaped before it gets here or on its way in.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from ssedrill.model.record import RecordFile
from ssedrill.reporting.store.files import write_text
from ssedrill.reporting.views.evidence import all_evidence
from ssedrill.reporting.views.known import with_known
from ssedrill.reporting.views.matrix import lay_out
from ssedrill.reporting.views.page_baseline import entries
from ssedrill.reporting.views.page_head import foot, head, title
from ssedrill.reporting.views.page_matrix import legend, matrix_table, over_repeats
from ssedrill.reporting.views.page_measures import measures_table

_CONTROLS = """<div class="bar"><h2 id="matrix-title">Matrix</h2>
<div class="controls"><label class="search" hidden><span class="sr">Search</span><input type="search" id="search"
 placeholder="search: scenario, client, check …" autocomplete="off" spellcheck="false"><kbd>/</kbd></label>
<label><input type="checkbox" id="only-bad"> only failures</label>
<label><input type="checkbox" id="only-diff"{unless_several}> only differences</label>
<output id="found" for="search only-bad only-diff"></output></div></div>"""


def write(file: RecordFile, path: Path) -> None:
    """Write the page, whole or not at all."""
    write_text(path, to_text(file))


def to_text(file: RecordFile) -> str:
    """Return the page; the same records give the same page."""
    file = with_known(file)
    matrix = lay_out(file.runs)
    script = _asset("report.js")
    styles = ["report.css", "evidence.css", *(["calls.css"] if any(run.calls for run in file.runs) else [])]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    measured = measures_table(file)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title(file, matrix)}</title>
<style>{"".join(map(_asset, styles))}</style>
</head>
<body>
<a class="skip" href="#evidence">Skip to the evidence</a>
<header>
{head(file, matrix)}
</header>
<main>
<section aria-labelledby="matrix-title">
{_CONTROLS.format(unless_several="" if len(matrix.clients) > 1 else " disabled")}
{matrix_table(file, matrix)}
{legend(matrix)}
{over_repeats(file)}{entries(file)}</section>
{_section("measures", "Side by side", measured) if measured else ""}
{_section("evidence", "Evidence", all_evidence(file, matrix) or "<p>Nothing was run.</p>")}
</main>
<footer>
{foot(file)}
<p>Everything on this page is also in <a href="record.json">record.json</a>.</p>
</footer>
<script>{script}</script>
</body>
</html>
"""


def _section(name: str, heading: str, body: str) -> str:
    head = f'<section id="{name}" aria-labelledby="{name}-title">\n<h2 id="{name}-title">{heading}</h2>\n'
    return f"{head}{body}\n</section>"


def _asset(name: str) -> str:
    return files("ssedrill.reporting.formats").joinpath(name).read_text(encoding="utf-8")
