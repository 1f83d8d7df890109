"""What evidence is made of, as HTML: checks, measures, tokens, stories. All that is told is escaped here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from ssedrill.model.clean_text import safe
from ssedrill.model.phrases import grouped
from ssedrill.model.record import Check, Record
from ssedrill.reporting.views.timeline import MOST_ROWS, Row, ended, excerpt
from ssedrill.reporting.views.token_strip import Box, strip
from ssedrill.reporting.views.wording import check_symbol, seconds

MOST_BOXES = 2000
"""Tokens shown one by one; a client that shows more is told so in a sentence."""


def checks(found: Sequence[Check]) -> str:
    """Return the table of checks."""
    if not found:
        return ""
    rows = []
    for check in found:
        sign, colour = check_symbol(check)
        symbol = f'<b class="{colour}">{sign}</b>'
        why = f"{check.status}: " if not check.status.answered else ""
        rows.append(
            f'<tr><td>{symbol}<span class="sr">{check.status}</span></td>'
            f"<td>{check.severity.upper()}</td><th scope=row>{text(check.id)}</th>"
            f"<td>{text(check.expected)}</td><td>{text(why + check.got)}</td></tr>"
        )
    names = "".join(f'<th scope="col">{name}</th>' for name in ("check", "expected", "got"))
    head = f"<thead><tr><td></td><td></td>{names}</tr></thead>"
    return f'<div class="scroll"><table class="checks">{head}<tbody>{"".join(rows)}</tbody></table></div>'


def measures(found: Sequence[tuple[str, str]]) -> str:
    """Return measures, which have a name and a value each."""
    items = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in found)
    return f'<dl class="numbers">{items}</dl>'


def token_strip(run: Record, most: int = MOST_BOXES) -> str:
    """Return the tokens that the application was shown, one by one, at most so many."""
    boxes = strip(run)
    if not boxes:
        return ""
    items = "".join(map(_box, boxes[:most]))
    counted = Counter(mark for box in boxes for mark in box.token.marks)
    key = " ".join(f'<span><i class="{mark}"></i> {count} {mark}</span>' for mark, count in counted.items())
    more = f"<p>… and {grouped(len(boxes) - most, 'token')} more.</p>" if len(boxes) > most else ""
    title = f'<h4>What the application was shown <span class="key">{key}</span></h4>'
    return f'{title}<div class="strip">{items}</div>{more}'


def _box(box: Box) -> str:
    when = "" if box.t is None else f" at {seconds(box.t)}"
    return f'<i class="{box.token.mark}" title="{", ".join(box.token.marks)}{when}">{escape(box.label)}</i>'


def story(rows: list[Row], title: str = "What happened", most: int = MOST_ROWS) -> str:
    """Return a story, at most so many rows of it; with a column for the calls if it is of several."""
    if not rows:
        return ""
    calls = any(row.calls for row in rows)
    names = ("time", *(("calls",) if calls else ()), "on the wire", "in the application")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    first, left_out, last = excerpt(rows, most)
    gap = f'<tr><th scope="row"></th><td colspan="{len(names) - 1}">{left_out}</td></tr>' if left_out else ""
    told = "".join([*(_row(row, calls=calls) for row in first), gap, *(_row(row, calls=calls) for row in last)])
    css = "story of-calls" if calls else "story"
    return f'<h4>{title}</h4><table class="{css}"><thead><tr>{head}</tr></thead><tbody>{told}</tbody></table>'


def _row(row: Row, *, calls: bool) -> str:
    until = f"<small>until {ended(row)}</small>" if ended(row) else ""
    fault = f' <mark class="fault">{text(row.fault)}</mark>' if row.fault else ""
    told = f"{text(row.text)}{fault} {until}"
    css = f"{row.side}{' faulted' if row.fault else ''}{' bad' if row.bad else ''}"
    cells = f"<td>{told}</td><td></td>" if row.side == "wire" else f"<td></td><td>{told}</td>"
    whose = f'<td class="calls">{row.calls}</td>' if calls else ""
    return f'<tr class="{css}"><th scope="row">{seconds(row.t)}</th>{whose}{cells}</tr>'


def text(said: str) -> str:
    """Return text that is nothing but text in a page."""
    return escape(safe(said, 600), quote=True)


def lines(said: str) -> str:
    """Return the same of text of several lines."""
    return "\n".join(escape(safe(line, 4000)) for line in said.split("\n"))
