"""Comma-separated values: a row for each run, with all that is measured, for spreadsheets and data frames.

Text that a spreadsheet would take for a formula has an apostrophe in front of it: a client chooses what it prints.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TypeAlias

from ssedrill.model.clean_text import safe
from ssedrill.model.numbers import by_name
from ssedrill.model.record import Record, RecordFile, Severity
from ssedrill.reporting.store.files import write_text
from ssedrill.reporting.views.side_by_side import cost
from ssedrill.reporting.views.what_broke import broken_ids
from ssedrill.reporting.views.wording import how_far

Value: TypeAlias = str | int | float | None

# Some spreadsheets take the wide signs as well.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def write(file: RecordFile, path: Path) -> None:
    """Write the table, whole or not at all."""
    write_text(path, to_text(file))


def to_text(file: RecordFile) -> str:
    """Return the table: names of columns, then a line for each run; what a run does not have is empty."""
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    families = {one.name: one.family for one in file.scenarios}
    rows = [row(run, families.get(run.scenario, ""), file) for run in file.runs]
    table.writerow(rows[0] if rows else ["scenario"])
    table.writerows([_cell(value) for value in one.values()] for one in rows)
    return text.getvalue()


def row(run: Record, family: str, file: RecordFile) -> dict[str, Value]:
    """Return the columns of a run by name; times are in seconds, gaps between requests stand in one, with blanks."""
    broke = {severity: " ".join(broken_ids(run, severity)) for severity in Severity}
    wasted = run.numbers.wasted_tokens
    return {
        "scenario": run.scenario,
        "family": family,
        "client": run.client,
        "dialect": run.dialect,
        "repeat": run.repeat,
        "seed": run.seed,
        "clock": run.clock,
        "verdict": run.verdict.value,
        "known": "; ".join(one.reason for one in file.known.get((run.scenario, run.client, run.dialect), ())) or None,
        "outcome": run.outcome.value,
        "claim": run.claim.value,
        "broke_must": broke[Severity.MUST],
        "broke_should": broke[Severity.SHOULD],
        "recovered_by": run.recovered_by.value if run.recovered_by is not None else None,
        "calls": len(run.calls) or 1,
        **{name: _plain(value) for name, value in by_name(run.numbers)},
        "wasted_money": None if file.price is None else round(cost(wasted, file.price), 9),
        "price_per_million_output_tokens": file.price,
        "wall_s": run.wall_s,
        "error_class": run.error.error_class if run.error is not None else None,
        "error_message": run.error.message if run.error is not None else None,
        "summary": run.summary,
        "interrupted": how_far(file) or None,
    }


def _cell(value: Value) -> Value:
    if not isinstance(value, str):
        return "" if value is None else value
    text = safe(value, 2000)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _plain(value: Value | list[Value]) -> Value:
    return " ".join(map(str, value)) if isinstance(value, list) else value
