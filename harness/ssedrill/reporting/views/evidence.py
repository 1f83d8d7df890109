"""The evidence behind one cell of the matrix, as HTML: the sentence, checks, numbers, tokens and the story."""

from __future__ import annotations

from ssedrill.model.phrases import grouped
from ssedrill.model.record import Record
from ssedrill.reporting.views.calls import how_many
from ssedrill.reporting.views.evidence_calls import call_notes, calls, only_call
from ssedrill.reporting.views.evidence_parts import checks, lines, measures, story, text, token_strip
from ssedrill.reporting.views.matrix import Cell, rank
from ssedrill.reporting.views.measures import numbers
from ssedrill.reporting.views.timeline import timeline
from ssedrill.reporting.views.wording import SYMBOLS, reproduce


def evidence(cell: Cell, anchor: str) -> str:
    """Return the section of a cell: one block for each way in which its runs came out, the worst first."""
    blocks = "\n".join(_run(run, alike) for run, alike in _ways(cell))
    verdict = cell.verdict
    good = " good" if verdict.as_expected else ""
    return (
        f'<details class="run{good}" id="{anchor}"><summary>'
        f'<b class="{verdict}" aria-hidden="true">{SYMBOLS[verdict]}</b> '
        f'<span class="what"><strong>{text(cell.scenario)}</strong> '
        f'<span class="who">{text(cell.client)}</span></span> '
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
    facts += [how_many(run)] if run.calls else []
    notes = "".join(f"<li>{text(note)}</li>" for note in (*run.notes, *run.tokens.notes, *call_notes(run)))
    parts = [
        f'<p class="summary {run.verdict}">{text(run.summary or run.outcome)}</p>',
        f'<p class="facts-line">{" · ".join(text(fact) for fact in facts)}</p>',
        *([only_call(run)] if len(run.calls) == 1 else [_sides(run), *_told(run)]),
        f'<ul class="notes">{notes}</ul>' if notes else "",
        f"<h4>Standard error</h4><pre>{lines(run.tokens.stderr[-4000:])}</pre>" if run.tokens.stderr else "",
        f'<p class="again">Again: <code>{text(reproduce(run))}</code></p>',
    ]
    return f"<article>{''.join(part for part in parts if part)}</article>"


def _sides(run: Record) -> str:
    return f'<div class="sides">{checks(run.checks)}{measures(numbers(run))}</div>'


def _told(run: Record) -> list[str]:
    return [calls(run)] if run.calls else [token_strip(run), story(timeline(run))]
