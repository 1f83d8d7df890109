"""The evidence behind one cell of the matrix, as HTML: the sentence, checks, numbers, tokens and the story."""

from __future__ import annotations

from collections import Counter
from html import escape

from ssedrill.model.clean_text import safe
from ssedrill.model.phrases import grouped
from ssedrill.model.record import Record
from ssedrill.reporting.views.matrix import Cell, rank
from ssedrill.reporting.views.measures import numbers
from ssedrill.reporting.views.timeline import Row, ended, excerpt, timeline
from ssedrill.reporting.views.token_strip import Box, strip
from ssedrill.reporting.views.wording import SYMBOLS, check_symbol, reproduce, seconds

MOST_BOXES = 2000
"""Tokens shown one by one; a client that shows more is told so in a sentence."""


def evidence(cell: Cell, anchor: str) -> str:
    """Return the section of a cell: one block for each way in which its runs came out, the worst first."""
    blocks = "\n".join(_run(run, alike) for run, alike in _ways(cell))
    verdict = cell.verdict
    good = " good" if verdict.as_expected else ""
    return (
        f'<details class="run{good}" id="{anchor}"><summary>'
        f'<b class="{verdict}" aria-hidden="true">{SYMBOLS[verdict]}</b> '
        f'<span class="what"><strong>{_text(cell.scenario)}</strong> '
        f'<span class="who">{_text(cell.client)}</span></span> '
        f'<span class="outcome {verdict}">{cell.worst.outcome}{cell.share}</span></summary>\n{blocks}\n</details>'
    )


def _ways(cell: Cell) -> list[tuple[Record, int]]:
    """Return one run for each different sentence, with the number of runs that it stands for."""
    ways: dict[tuple[str, str, str], list[Record]] = {}
    for run in sorted(cell.runs, key=rank, reverse=True):
        ways.setdefault((run.dialect, run.outcome, run.summary), []).append(run)
    return [(runs[0], len(runs)) for runs in ways.values()]


def _run(run: Record, alike: int) -> str:
    facts = [run.dialect, f"{run.clock} clock", f"seed {run.seed}"]
    facts += [grouped(alike, "run") + " like this"] if alike > 1 else []
    notes = "".join(f"<li>{_text(note)}</li>" for note in (*run.notes, *run.tokens.notes))
    parts = [
        f'<p class="summary {run.verdict}">{_text(run.summary or run.outcome)}</p>',
        f'<p class="facts-line">{" · ".join(_text(fact) for fact in facts)}</p>',
        f'<div class="sides">{_checks(run)}{_numbers(run)}</div>',
        _strip(run),
        _story(run),
        f'<ul class="notes">{notes}</ul>' if notes else "",
        f"<h4>Standard error</h4><pre>{_lines(run.tokens.stderr[-4000:])}</pre>" if run.tokens.stderr else "",
        f'<p class="again">Again: <code>{_text(reproduce(run))}</code></p>',
    ]
    return f"<article>{''.join(part for part in parts if part)}</article>"


def _checks(run: Record) -> str:
    if not run.checks:
        return ""
    rows = []
    for check in run.checks:
        sign, colour = check_symbol(check)
        symbol = f'<b class="{colour}">{sign}</b>'
        why = f"{check.status}: " if not check.status.answered else ""
        rows.append(
            f'<tr><td>{symbol}<span class="sr">{check.status}</span></td>'
            f"<td>{check.severity.upper()}</td><th scope=row>{_text(check.id)}</th>"
            f"<td>{_text(check.expected)}</td><td>{_text(why + check.got)}</td></tr>"
        )
    names = "".join(f'<th scope="col">{name}</th>' for name in ("check", "expected", "got"))
    head = f"<thead><tr><td></td><td></td>{names}</tr></thead>"
    return f'<div class="scroll"><table class="checks">{head}<tbody>{"".join(rows)}</tbody></table></div>'


def _numbers(run: Record) -> str:
    items = "".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in numbers(run))
    return f'<dl class="numbers">{items}</dl>'


def _strip(run: Record) -> str:
    boxes = strip(run)
    if not boxes:
        return ""
    items = "".join(map(_box, boxes[:MOST_BOXES]))
    counted = Counter(mark for box in boxes for mark in box.token.marks)
    key = " ".join(f'<span><i class="{mark}"></i> {count} {mark}</span>' for mark, count in counted.items())
    more = f"<p>… and {grouped(len(boxes) - MOST_BOXES, 'token')} more.</p>" if len(boxes) > MOST_BOXES else ""
    title = f'<h4>What the application was shown <span class="key">{key}</span></h4>'
    return f'{title}<div class="strip">{items}</div>{more}'


def _box(box: Box) -> str:
    when = "" if box.t is None else f" at {seconds(box.t)}"
    return f'<i class="{box.token.mark}" title="{", ".join(box.token.marks)}{when}">{escape(box.label)}</i>'


def _story(run: Record) -> str:
    rows = timeline(run)
    if not rows:
        return ""
    head = '<tr><th scope="col">time</th><th scope="col">on the wire</th><th scope="col">in the application</th></tr>'
    first, left_out, last = excerpt(rows)
    gap = f'<tr><th scope="row"></th><td colspan="2">{left_out}</td></tr>' if left_out else ""
    told = "".join([*map(_story_row, first), gap, *map(_story_row, last)])
    return f'<h4>What happened</h4><table class="story"><thead>{head}</thead><tbody>{told}</tbody></table>'


def _story_row(row: Row) -> str:
    until = f"<small>until {ended(row)}</small>" if ended(row) else ""
    fault = f' <mark class="fault">{_text(row.fault)}</mark>' if row.fault else ""
    told = f"{_text(row.text)}{fault} {until}"
    css = f"{row.side}{' faulted' if row.fault else ''}{' bad' if row.bad else ''}"
    cells = f"<td>{told}</td><td></td>" if row.side == "wire" else f"<td></td><td>{told}</td>"
    return f'<tr class="{css}"><th scope="row">{seconds(row.t)}</th>{cells}</tr>'


def _text(text: str) -> str:
    return escape(safe(text, 600), quote=True)


def _lines(text: str) -> str:
    return "\n".join(escape(safe(line, 4000)) for line in text.split("\n"))
