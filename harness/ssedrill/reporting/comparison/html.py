"""A comparison as one self-contained page, which loads nothing and runs no script."""

from __future__ import annotations

from importlib.resources import files

from ssedrill.comparing.compare import Comparison
from ssedrill.reporting.comparison.told import (
    Item,
    Section,
    Table,
    headline,
    how_measured,
    sections,
    side_by_side_table,
    versions,
)
from ssedrill.reporting.views.page_text import text
from ssedrill.reporting.views.wording import SYMBOLS

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
_STYLE = """
main > section > .scroll { max-height: none; }
.drills { width: 100%; font-size: .87rem; } .drills td { padding: .35rem .7rem; vertical-align: top; }
.drills tr > * { border-bottom: 1px solid var(--line); } .drills ul { margin: .2rem 0; padding-left: 1.1rem; }
.drills th { text-align: left; font-weight: 500; padding: .35rem .7rem; vertical-align: top; }
.drills .regression { color: var(--fail); font-weight: 700; }
"""


def to_text(comparison: Comparison) -> str:
    """Return the page; the same comparison gives the same page."""
    head = text(headline(comparison))
    style = files("ssedrill.reporting.formats").joinpath("report.css").read_text(encoding="utf-8") + _STYLE
    body = "\n".join(_section(one) for one in sections(comparison)) or "<p>Nothing has changed.</p>"
    table = side_by_side_table(comparison)
    facts = "".join(f"<li>{text(line)}</li>" for line in versions(comparison))
    how = "".join(f"<p>{text(line)}</p>" for line in how_measured(comparison))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>ssedrill: {head}</title>
<style>{style}</style>
</head>
<body>
<header>
<p class="brand">ssedrill <span>comparison</span></p>
<h1>{head}</h1>
<ul class="notes">{facts}</ul>
</header>
<main>
{body}
{_table(table) if table.rows else ""}
</main>
<footer>
{how}
<p>Everything on this page is also in <a href="comparison.json">comparison.json</a>.</p>
</footer>
</body>
</html>
"""


def _section(section: Section) -> str:
    rows = "\n".join(map(_row, section.items))
    heads = "".join(f'<th scope="col">{word}</th>' for word in ("drill", "then", "now", "what is to be said"))
    return (
        f"<section>\n<h2>{text(section.title)}</h2>\n<p>{text(section.sentence)}</p>\n"
        f'<div class="scroll"><table class="drills">\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div>\n"
        "</section>"
    )


def _row(item: Item) -> str:
    lines = "".join(f"<li>{text(line)}</li>" for line in item.lines)
    red = '<span class="regression">regression</span>' if item.regression else ""
    symbol = f'<b class="{item.verdict}" role="img" aria-label="{item.verdict}">{SYMBOLS[item.verdict]}</b>'
    told = f"<ul>{lines}</ul>" if lines else ""
    return (
        f'<tr><th scope="row">{text(item.drill)}</th><td>{text(item.was)}</td>'
        f"<td>{symbol} {text(item.now)}</td><td>{red}{told}</td></tr>"
    )


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{heading}</th>' for heading in table.headings)
    rows = "\n".join(
        f'<tr><th scope="row">{text(name)}</th>{"".join(f"<td>{text(cell)}</td>" for cell in row)}</tr>'
        for name, row in table.rows
    )
    return (
        "<section>\n<h2>Side by side, the drills that are in both</h2>\n"
        '<div class="scroll"><table class="measures">\n'
        f'<thead><tr><th scope="col">client</th>{heads}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n</section>'
    )
