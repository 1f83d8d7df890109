"""What evidence is made of, as HTML: checks, measures, tokens, stories. All that is told is escaped here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from ssedrill.model.phrases import grouped
from ssedrill.model.record import CallRecord, Check, Record, Status
from ssedrill.reporting.views.page_text import lines, text
from ssedrill.reporting.views.printed import printed
from ssedrill.reporting.views.timeline import MOST_ROWS, Row, ended, excerpt
from ssedrill.reporting.views.token_strip import Span, spans, strip
from ssedrill.reporting.views.wording import check_symbol, seconds

MOST_CHARS = 4000
"""So much of the end of what a client printed is shown."""
MOST_BOXES = 2000
"""Tokens shown one by one; a client that shows more is told so in a sentence."""


def checks(found: Sequence[Check]) -> str:
    """Return the table of checks, those that are broken first."""
    if not found:
        return ""
    rows = []
    for check in sorted(found, key=lambda one: one.status is not Status.BROKEN):
        sign, colour = check_symbol(check)
        why = f"{check.status}: " if not check.status.answered else ""
        spoken = "" if check.status is Status.OK else f"<span class=sr>{check.status}</span>"
        broken = " class=broken" if check.status is Status.BROKEN else ""
        rows.append(
            f'<tr{broken}><td><b class="{colour}">{sign}</b>{spoken}'
            f"<td>{check.severity.upper()}<th scope=row>{text(check.id)}"
            f"<td>{text(check.expected)}<td>{text(why + check.got)}"
        )
    names = "".join(f"<th scope=col>{name}" for name in ("check", "expected", "got"))
    head = f"<thead><tr><td><td>{names}"
    return f'<div class="scroll"><table class="checks">{head}<tbody>{"".join(rows)}</table></div>'


def printed_text(told: Record | CallRecord) -> str:
    """Return what a client printed, as far as there is room."""
    return "".join(f"<h4>{title}</h4><pre>{lines(said[-MOST_CHARS:])}</pre>" for title, said in printed(told))


def measures(found: Sequence[tuple[str, str]]) -> str:
    """Return measures, which have a name and a value each."""
    items = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in found)
    return f'<dl class="numbers">{items}</dl>'


def token_strip(run: Record, most: int = MOST_BOXES) -> str:
    """Return what the application was shown, tokens that follow each other alike as one, at most so many."""
    boxes = strip(run)
    if not boxes:
        return ""
    found = spans(boxes)
    items = "".join(map(_span, found[:most]))
    counted = Counter(mark for box in boxes for mark in box.token.marks)
    key = " ".join(f"<span><i class={mark}></i> {count:,} {mark}</span>" for mark, count in counted.items())
    left = sum(span.count for span in found[most:])
    more = f"<p>… and {grouped(left, 'token')} more.</p>" if left else ""
    title = f'<h4>What the application was shown <span class="key">{key}</span></h4>'
    return f'{title}<div class="strip">{items}</div>{more}'


def _span(span: Span) -> str:
    when = f" at {span.when}" if span.when else ""
    marks = span.first.token.marks
    size = f' style="flex-grow:{span.count}"' if span.count > 1 else ""
    return f'<i class="{marks[0]}" title="{", ".join(marks)}{when}"{size}>{escape(span.label)}</i>'


def story(rows: list[Row], title: str = "What happened", most: int = MOST_ROWS) -> str:
    """Return a story, at most so many rows of it; with a column for the calls if it is of several."""
    if not rows:
        return ""
    calls = any(row.calls for row in rows)
    names = ("time", *(("calls",) if calls else ()), "on the wire", "in the application")
    head = "".join(f"<th scope=col>{name}" for name in names)
    first, left_out, last = excerpt(rows, most)
    gap = f"<tr><th><td colspan={len(names) - 1}>{left_out}" if left_out else ""
    told = "".join([*(_row(row, calls=calls) for row in first), gap, *(_row(row, calls=calls) for row in last)])
    css = "story of-calls" if calls else "story"
    return f'<h4>{title}</h4><table class="{css}"><thead><tr>{head}<tbody>{told}</table>'


def _row(row: Row, *, calls: bool) -> str:
    until = f" <small>until {ended(row)}</small>" if ended(row) else ""
    fault = f" <mark class=fault>{text(row.fault)}</mark>" if row.fault else ""
    told = f"{text(row.text)}{fault}{until}"
    css = f"{row.side}{' faulted' if row.fault else ''}{' bad' if row.bad else ''}"
    quoted = css if css == row.side else f'"{css}"'
    cells = f"<td>{told}<td>" if row.side == "wire" else f"<td><td>{told}"  # each is closed by what follows
    whose = f'<td class="calls">{row.calls}</td>' if calls else ""
    return f"<tr class={quoted}><th>{seconds(row.t)}{whose}{cells}"
