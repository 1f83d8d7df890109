"""The calls of a run, as HTML: a table of all, the evidence of those not as expected, and one common story."""

from __future__ import annotations

from collections.abc import Sequence

from ssedrill.model.phrases import grouped
from ssedrill.model.record import CallRecord, Check, Record
from ssedrill.reporting.views.arrivals import arrivals_of, as_svg
from ssedrill.reporting.views.call_timeline import CallStories
from ssedrill.reporting.views.calls import (
    HEADINGS,
    CallRow,
    Way,
    cancel_measures,
    named,
    of_calls,
    row_of,
    table,
    to_look_at,
    ways,
)
from ssedrill.reporting.views.evidence_parts import checks, measures, printed_text, story, token_strip
from ssedrill.reporting.views.measures import numbers
from ssedrill.reporting.views.page_text import text
from ssedrill.reporting.views.wording import SYMBOLS, all_but_ok, seconds

MOST_SINGLE = 100
"""So many calls have a line each."""
MOST_TOLD = 8
"""So many calls have their evidence shown; with so many rows of its story and tokens each."""
CALL_ROWS, CALL_BOXES = 300, 500
MOST_NOTES = 20


def calls(run: Record) -> str:
    """Return all that is shown of the calls of a run, beside what is asked of the run itself."""
    stories, found = CallStories.of(run), ways(run)
    looked_at = to_look_at(found)
    told = "\n".join(_call(stories, way, opened=i == 0) for i, way in enumerate(looked_at[:MOST_TOLD]))
    left = len(looked_at) - MOST_TOLD
    more = f"<p>… and {grouped(left, 'more way')} in which calls went: the record has them.</p>" if left > 0 else ""
    title = "<h4>Calls that are not as expected</h4>" if told else ""
    together = story(stories.all(), "What happened, all calls beside each other")
    return f"{_overview(run, found)}{_arrivals(run)}{title}{told}{more}{together}"


def _arrivals(run: Record) -> str:
    """Return when the calls came back, if there is a crowd of them that did."""
    arrivals = arrivals_of(run)
    return f"<h4>Retries over time</h4>{as_svg(arrivals)}" if arrivals is not None and arrivals.retries else ""


def call_notes(run: Record) -> list[str]:
    """Return what drivers remarked about calls, each once."""
    found: dict[str, list[int]] = {}
    for call in run.calls:
        for note in call.tokens.notes:
            found.setdefault(note, []).append(call.number)
    told = [f"{named(numbers)}: {note}" for note, numbers in list(found.items())[:MOST_NOTES]]
    left = len(found) - MOST_NOTES
    return [*told, f"… and {grouped(left, 'more note')} about calls"] if left > 0 else told


def _overview(run: Record, found: Sequence[Way]) -> str:
    rows, more = table(run)
    single = [row_of([call]) for call in run.calls[:MOST_SINGLE]] if any(len(way.calls) > 1 for way in found) else []
    left = len(run.calls) - MOST_SINGLE
    rest = f"<p>… and {grouped(left, 'more call')}: the record has them.</p>" if left > 0 else ""
    each = f"<details><summary>Each call</summary>{_table(single)}{rest}</details>" if single else ""
    asked = "".join(f"<li>{text(line)}</li>" for line in of_calls(run, all_but_ok))
    title = "<h4>Checks of calls that are broken, or have no answer</h4>"
    listed = f'{title}<ul class="call-checks">{asked}</ul>' if asked else ""
    return f"<h4>Calls</h4>{_table(rows)}{f'<p>{more}.</p>' if more else ''}{each}{listed}"


def _table(rows: Sequence[CallRow]) -> str:
    used = [i for i in range(len(HEADINGS)) if any(row.cells[i] for row in rows)]
    head = "".join(f'<th scope="col">{HEADINGS[i]}</th>' for i in used)
    body = "".join(_row(row, used) for row in rows)
    return (
        f'<div class="scroll"><table class="calls"><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(row: CallRow, used: Sequence[int]) -> str:
    symbol = f'<td><b class="{row.verdict}">{SYMBOLS[row.verdict]}</b><span class="sr">{row.verdict}</span></td>'
    first, *rest = (text(row.cells[i]) for i in used)
    return f'<tr>{symbol}<th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'


def _call(stories: CallStories, way: Way, *, opened: bool) -> str:
    call = way.first
    alike = f' <span class="who">{text(way.others)}</span>' if way.others else ""
    summary = (
        f'<b class="{call.verdict}" aria-hidden="true">{SYMBOLS[call.verdict]}</b> '
        f'<span class="what"><strong>call {call.number}</strong>{alike}</span> '
        f'<span class="outcome {call.verdict}">{call.outcome}</span>'
    )
    said = f'<p class="summary {call.verdict}">{text(call.summary or call.outcome)}</p>'
    opening = '<details class="run call" open>' if opened else '<details class="run call">'
    return f"{opening}<summary>{summary}</summary><div>{said}{_evidence(stories, way)}</div></details>"


def _evidence(stories: CallStories, way: Way) -> str:
    return _evidence_of(stories, way.first, way.first.checks)


def only_call(run: Record) -> str:
    """Return the evidence of a run with one call."""
    return _evidence_of(CallStories.of(run), run.calls[0], [*run.checks, *run.calls[0].checks])


def _evidence_of(stories: CallStories, call: CallRecord, asked: Sequence[Check]) -> str:
    alone = stories.record.of_call(call)
    parts = [
        f'<div class="sides">{checks(asked)}{measures([*numbers(alone), *_cancel(call)])}</div>',
        token_strip(alone, CALL_BOXES),
        story(stories.one(call), most=CALL_ROWS),
        printed_text(call),
    ]
    return "".join(parts)


def _cancel(call: CallRecord) -> list[tuple[str, str]]:
    if call.cancel is None or call.cancelled_t is None:
        return []
    return [("told to stop at", seconds(call.cancelled_t)), *cancel_measures([call.cancel])]
