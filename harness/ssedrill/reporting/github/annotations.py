"""Annotations as workflow commands: lines that GitHub Actions reads from the log of a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ssedrill.comparing.compare import Change, Changed, Comparison
from ssedrill.model.clean_text import inert, safe
from ssedrill.model.record import RecordFile
from ssedrill.reporting.comparison.told import item_of
from ssedrill.reporting.views.calls import lines_to_tell
from ssedrill.reporting.views.known import line_of, with_known
from ssedrill.reporting.views.matrix import Cell, lay_out, rank
from ssedrill.reporting.views.over_repeats import repeats_line
from ssedrill.reporting.views.wording import how_far, reproduce

MOST = 10
"""GitHub shows so many annotations of a kind for a step, and drops the others without a word."""
MOST_LINES = 5
LONGEST_TITLE, LONGEST_LINE = 200, 1000


class Kind(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True)
class Annotation:
    """One note on a job: a headline, and lines below it."""

    kind: Kind
    title: str
    lines: tuple[str, ...]

    @property
    def command(self) -> str:
        """The workflow command: one line, in which nothing that a client said is more than text."""
        title = _property(f"ssedrill: {safe(self.title, LONGEST_TITLE)}")
        text = "\n".join(safe(line, LONGEST_LINE) for line in self.lines if line)
        return f"::{self.kind} title={title}::{_data(text)}"


def of_record(file: RecordFile) -> list[str]:
    """Return the commands for a record: an error for each drill that failed, the worst first; a warning for a SHOULD.

    Failures that a baseline knows are no annotations; an entry that does not hold is one.
    """
    return commands(_of_record(with_known(file)))


def of_comparison(comparison: Comparison) -> list[str]:
    """Return the commands for what is new: errors for what got worse, or is new and fails; notices for what is fixed.

    What fails as it did has none, nor what is new and known to a baseline. What fails differently, but no worse, is a
    warning.
    """
    red = {id(one) for one in comparison.regressions}
    known = comparison.new.known
    told = (one for one in comparison.drills if one.change is not Change.NEW or one.key not in known)
    return commands(found for one in told if (found := _of_change(one, id(one) in red)) is not None)


def commands(annotations: Iterable[Annotation]) -> list[str]:
    """Return the commands, of each kind as many as are shown: the last says how many there are besides."""
    by_kind: dict[Kind, list[Annotation]] = {kind: [] for kind in Kind}
    for one in annotations:
        by_kind[one.kind].append(one)
    shown = []
    for kind, found in by_kind.items():
        if len(found) > MOST:
            more = f"… and {len(found) - MOST + 1:,} more"
            found = [*found[: MOST - 1], Annotation(kind, more, ("The report has them all.",))]
        shown += [one.command for one in found]
    return shown


def _of_record(file: RecordFile) -> Iterator[Annotation]:
    if file.interrupted:
        yield Annotation(Kind.ERROR, "interrupted", (how_far(file),))
    matrix = lay_out(file.runs)
    for cell in sorted(matrix.bad(), key=lambda one: rank(one.worst), reverse=True):
        yield _of_cell(Kind.ERROR, cell)
    for one in file.repeats:
        if one.verdict.bad:
            yield Annotation(Kind.ERROR, f"{one.scenario}: {one.client} ({one.dialect})", (repeats_line(one),))
    for entry in file.baseline:
        if entry.standing.bad:
            yield Annotation(Kind.ERROR, f"the baseline: {entry.standing}", (line_of(entry),))
    for cell in matrix.warned():
        yield _of_cell(Kind.WARNING, cell)


def _of_cell(kind: Kind, cell: Cell) -> Annotation:
    run = cell.worst
    title = f"{run.scenario}: {run.client} ({run.dialect})"
    checks = lines_to_tell(run)[:MOST_LINES]
    return Annotation(kind, title, (f"{run.outcome}{cell.share}: {run.summary}", *checks, f"again: {reproduce(run)}"))


def _of_change(one: Changed, regression: bool) -> Annotation | None:
    if regression or (one.change is Change.NEW and one.new is not None and one.new.verdict.bad):
        kind = Kind.ERROR
    elif one.change in _KINDS:
        kind = _KINDS[one.change]
    else:
        return None
    item = item_of(one, regression)
    again = f"again: {reproduce(one.new.worst)}" if one.new is not None and kind is not Kind.NOTICE else ""
    return Annotation(
        kind, f"{one.change}: {item.drill}", (f"{item.was} → {item.now}", *item.lines[:MOST_LINES], again)
    )


_KINDS = {Change.FAILS_DIFFERENTLY: Kind.WARNING, Change.FIXED: Kind.NOTICE}


def _data(text: str) -> str:
    return inert(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
