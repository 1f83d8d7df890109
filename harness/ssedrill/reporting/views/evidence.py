"""The evidence behind the cells of the matrix, as HTML: what a scenario is for, and each way in which it went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ssedrill.model.phrases import grouped
from ssedrill.model.record import Record, RecordFile
from ssedrill.model.scenario_facts import ScenarioFacts
from ssedrill.reporting.views import anchors
from ssedrill.reporting.views.calls import how_many
from ssedrill.reporting.views.evidence_calls import call_notes, calls, only_call
from ssedrill.reporting.views.evidence_parts import checks, measures, printed_text, story, token_strip
from ssedrill.reporting.views.matrix import Cell, Matrix, rank
from ssedrill.reporting.views.measures import numbers
from ssedrill.reporting.views.page_matrix import families_of, family_class, row_class
from ssedrill.reporting.views.page_text import command, prose, text
from ssedrill.reporting.views.timeline import timeline
from ssedrill.reporting.views.what_broke import blame
from ssedrill.reporting.views.wording import SYMBOLS, reproduce

ROOM = 4_200_000
"""Bytes of evidence. If all of it has no room, runs are told in a sentence alone, those first that went well."""
SENTENCE = 1_200
"""So many bytes are kept free for each card that is still to be made."""
LEFT_OUT = "The page has no room for more of this run: <code>ssedrill report record.json -v</code> tells it."
MOST_WAYS = 50
"""In so many ways the runs of one cell are told to have gone."""


def all_evidence(file: RecordFile, matrix: Matrix) -> str:
    """Return a card for each cell, by family, in the order of the matrix."""
    facts = {one.name: one for one in file.scenarios}
    cards = _cards(matrix, facts)
    parts = []
    for family, scenarios in families_of(matrix, file):
        title = f"<h3>{text(family)}</h3>\n" if family else ""
        cells = (matrix.cell(scenario, client) for scenario in scenarios for client in matrix.clients)
        body = "\n".join(cards[cell.scenario, cell.client] for cell in cells if cell is not None)
        parts.append(f"<section{family_class(matrix, scenarios)}>\n{title}{body}\n</section>")
    return "\n".join(parts)


def _cards(matrix: Matrix, facts: Mapping[str, ScenarioFacts]) -> dict[tuple[str, str], str]:
    """Return the cards; the worst are made first, so that room runs out for those that nobody needs to look at."""
    cards: dict[tuple[str, str], str] = {}
    cells = sorted(matrix.ordered(), key=lambda cell: rank(cell.worst), reverse=True)
    left, brief = ROOM, False
    for to_come, cell in zip(reversed(range(len(cells))), cells, strict=True):
        alike = "same" in row_class(matrix, cell.scenario).split()
        known = facts.get(cell.scenario, ScenarioFacts(cell.scenario))
        made = card(cell, known, alike=alike, brief=brief)
        if not brief and len(made.encode()) + to_come * SENTENCE > left:
            brief = True
            made = card(cell, known, alike=alike, brief=True)
        left -= len(made.encode())
        cards[cell.scenario, cell.client] = made
    return cards


def card(cell: Cell, facts: ScenarioFacts, *, alike: bool = False, brief: bool = False) -> str:
    """Return the card of a cell: one block for each way in which its runs came out, the worst first.

    ``alike``: all clients did alike in this scenario. ``brief``: each way in a sentence.
    """
    blocks = "\n".join(_runs(cell, brief=brief))
    run, verdict = cell.worst, cell.verdict
    css = " ".join(("run", *(name for name, holds in (("bad", verdict.bad), ("same", alike)) if holds)))
    broke = f'<span class="broke">{text(why)}</span> ' if (why := blame(run)) else ""
    back = f'<a class="back" href="#{anchors.cell(cell.scenario, cell.client)}">↑ back to the matrix</a> '
    return (
        f'<details class="{css}"><summary class="find">'
        f'<b class="{verdict}" aria-hidden="true">{SYMBOLS[verdict]}</b> '
        f'<span class="what"><strong>{text(cell.scenario)}</strong> '
        f'<span class="who">{text(cell.client)}</span></span> {back}{broke}'
        f'<span class="outcome {verdict}">{run.outcome}{cell.share}</span></summary>\n'
        f'<div class="card" id="{anchors.card(cell.scenario, cell.client)}">{_about(facts, brief=brief)}\n'
        f"{blocks}</div></details>"
    )


def _about(facts: ScenarioFacts, *, brief: bool) -> str:
    """Return what the scenario says of itself; in ``brief``, in a sentence."""
    seen = ", ".join(f"<code>{text(one)}</code>" for one in facts.seen_in)
    parts = [
        f'<p class="about">{prose(facts.about)}</p>' if facts.about else "",
        f'<p class="why"><b>Why:</b> {prose(facts.why)}</p>' if facts.why and not brief else "",
        f'<p class="seen"><b>Seen in:</b> {seen}</p>' if seen else "",
    ]
    told = "".join(parts)
    return f'<div class="facts-of find">{told}</div>' if told else ""


def _runs(cell: Cell, *, brief: bool) -> Iterable[str]:
    """Give the blocks; the first of each dialect can be linked to."""
    linked: set[str] = set()
    ways = _ways(cell)
    for run, alike in ways[:MOST_WAYS]:
        place = "" if run.dialect in linked else f' id="{anchors.card(cell.scenario, cell.client, run.dialect)}"'
        linked.add(run.dialect)
        yield _run(run, alike, place, brief=brief)
    if (left := len(ways) - MOST_WAYS) > 0:
        yield f"<p>… and {grouped(left, 'other way')}: the record has them.</p>"


def _ways(cell: Cell) -> list[tuple[Record, int]]:
    """Return one run for each different sentence, with the number of runs that it stands for."""
    ways: dict[tuple[str, str, str], list[Record]] = {}
    for run in sorted(cell.runs, key=rank, reverse=True):
        ways.setdefault((run.dialect, run.outcome, run.summary), []).append(run)
    return [(runs[0], len(runs)) for runs in ways.values()]


def _run(run: Record, alike: int, place: str, *, brief: bool) -> str:
    facts = [run.dialect, f"{run.clock} clock", f"seed {run.seed}"]
    facts += [grouped(alike, "run") + " like this"] if alike > 1 else []
    facts += [how_many(run)] if run.calls else []
    notes = "".join(f"<li>{text(note)}</li>" for note in (*run.notes, *run.tokens.notes, *call_notes(run)))
    parts = [
        f'<p class="summary {run.verdict} find">{text(run.summary or run.outcome)}</p>',
        f'<p class="facts-line find">{" · ".join(text(fact) for fact in facts)}</p>',
        *_told(run, brief=brief),
        f'<ul class="notes">{notes}</ul>' if notes else "",
        "" if brief else printed_text(run),
        f'<p class="again">Again: <code>{command(reproduce(run))}</code></p>',
    ]
    return f"<article{place}>{''.join(part for part in parts if part)}</article>"


def _told(run: Record, *, brief: bool) -> list[str]:
    """Return what is shown of the run, or of its calls."""
    if brief:
        return [f'<p class="left-out">{LEFT_OUT}</p>']
    sides = f'<div class="sides">{checks(run.checks)}{measures(numbers(run))}</div>'
    if len(run.calls) == 1:
        return [only_call(run)]
    return [sides, calls(run)] if run.calls else [sides, token_strip(run), story(timeline(run))]
