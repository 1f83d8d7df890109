"""JUnit XML, as CI systems read it: a test case for each scenario, client and dialect.

Its ``time`` is real: what CI systems add up and draw. The time of the scenario, which is virtual for most runs, is a
property of the case.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from ssedrill.model.clean_text import safe
from ssedrill.model.record import Record, RecordFile, Verdict
from ssedrill.reporting.store.files import write_text
from ssedrill.reporting.views.call_timeline import CallStories
from ssedrill.reporting.views.calls import (
    HEADINGS,
    CallRow,
    lines_but_ok,
    lines_to_tell,
    lines_unanswered,
    table,
    to_look_at,
    ways,
)
from ssedrill.reporting.views.known import line_of, with_known
from ssedrill.reporting.views.matrix import Cell, lay_out
from ssedrill.reporting.views.over_repeats import repeats_line
from ssedrill.reporting.views.timeline import Row, excerpt, plain, timeline
from ssedrill.reporting.views.wording import SYMBOLS, how_far, reproduce, seconds

MOST_TOLD = 5
"""So many stories of calls are told for a case."""


def write(file: RecordFile, path: Path) -> None:
    """Write the XML file, whole or not at all."""
    write_text(path, to_text(file))


def to_text(file: RecordFile) -> str:
    """Return the XML: a suite for each client; not tested is a failure, a warning is in the case's output."""
    file = with_known(file)
    matrix = lay_out(file.runs)
    wall_s = sum(run.wall_s for run in file.runs)
    root = ET.Element("testsuites", name="ssedrill", errors=str(int(file.interrupted)), time=f"{wall_s:.3f}")
    totals = [0, 0, 0]
    for client in matrix.clients:
        cases = [part for cell in matrix.ordered() if cell.client == client for part in cell.by_dialect()]
        failed = sum(case.verdict.bad for case in cases)
        skipped = sum(case.verdict in (Verdict.UNSUPPORTED, Verdict.KNOWN) for case in cases)
        suite = _suite(root, client, sum(run.wall_s for case in cases for run in case.runs))
        _count(suite, len(cases), failed, skipped)
        totals = [a + b for a, b in zip(totals, (len(cases), failed, skipped), strict=True)]
        for case in cases:
            _case(suite, case)
    if file.repeats:
        bad = [one for one in file.repeats if one.verdict.bad]
        totals = [totals[0] + len(file.repeats), totals[1] + len(bad), totals[2]]
        suite = _suite(root, "repeats")
        _count(suite, len(file.repeats), len(bad), 0)
        for one in file.repeats:
            name = _xml(f"ssedrill.{one.client}.{one.dialect}")
            made = ET.SubElement(suite, "testcase", classname=name, name=_xml(f"{one.scenario}, all repeats"))
            kind = {"type": one.verdict.value, "message": _xml(repeats_line(one))}
            if one.verdict.bad:
                ET.SubElement(made, "failure", kind)
    if file.baseline:
        bad_entries = [one for one in file.baseline if one.standing.bad]
        totals = [totals[0] + len(file.baseline), totals[1] + len(bad_entries), totals[2]]
        suite = _suite(root, "baseline")
        _count(suite, len(file.baseline), len(bad_entries), 0)
        for entry in file.baseline:
            made = ET.SubElement(suite, "testcase", classname="ssedrill.baseline", name=_xml(line_of(entry)))
            if entry.standing.bad:
                ET.SubElement(made, "failure", type=entry.standing.value, message=_xml(line_of(entry)))
    if file.interrupted:
        totals[0] += 1
        suite = _suite(root, "ssedrill", errors=1)
        _count(suite, 1, 0, 0)
        whole = ET.SubElement(suite, "testcase", classname="ssedrill", name="every planned run is here")
        ET.SubElement(whole, "error", type="interrupted", message=how_far(file))
    _count(root, *totals)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, wall_s: float = 0.0, errors: int = 0) -> ET.Element:
    return ET.SubElement(root, "testsuite", name=_xml(name), errors=str(errors), time=f"{wall_s:.3f}")


def _count(element: ET.Element, tests: int, failures: int, skipped: int) -> None:
    for name, number in (("tests", tests), ("failures", failures), ("skipped", skipped)):
        element.set(name, str(number))


def _case(suite: ET.Element, cell: Cell) -> None:
    run = cell.worst
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_xml(f"ssedrill.{cell.client}.{run.dialect}"),
        name=_xml(cell.scenario),
        time=f"{sum(one.wall_s for one in cell.runs):.3f}",
    )
    properties = ET.SubElement(case, "properties")
    told = {
        "scenario_time_s": f"{sum(one.numbers.elapsed_s for one in cell.runs):.3f}",
        "clock": ", ".join(sorted({one.clock for one in cell.runs})),
        "seed": str(run.seed),
    }
    for name, value in told.items():
        ET.SubElement(properties, "property", name=name, value=value)
    headline = _xml(safe(f"{run.outcome}{cell.share}: {run.summary}"))
    match run.verdict:
        case Verdict.FAIL | Verdict.NOT_TESTED:
            kind = "not-tested" if run.verdict is Verdict.NOT_TESTED else run.outcome.value
            failure = ET.SubElement(case, "failure", type=kind, message=headline)
            lines = [*lines_but_ok(run), "", *_told(run), "", f"again: {safe(reproduce(run))}"]
            failure.text = _xml("\n".join(lines))
        case Verdict.UNSUPPORTED:
            ET.SubElement(case, "skipped", message=headline)
        case Verdict.KNOWN:
            ET.SubElement(
                case, "skipped", type="known", message=_xml(safe("; ".join([headline, *run.notes[-1:]]), 1000))
            )
        case Verdict.WARN:
            ET.SubElement(case, "system-out").text = _xml("\n".join([headline, *lines_to_tell(run)]))
        case Verdict.PASS:
            if lines := lines_unanswered(run):
                ET.SubElement(case, "system-out").text = _xml("\n".join(lines))


def _told(run: Record) -> list[str]:
    """Return the story of a run; of one with calls what came of each, and the stories of those that went wrong."""
    if not run.calls:
        return _story(timeline(run))
    rows, more = table(run)
    lines = [*(_call_line(row) for row in rows), *([more] if more else [])]
    stories, looked_at = CallStories.of(run), to_look_at(ways(run))
    for way in looked_at[:MOST_TOLD]:
        alike = f" ({way.others})" if way.others else ""
        lines += ["", f"call {way.first.number}{alike}: {safe(way.first.summary)}", *_story(stories.one(way.first))]
    if len(looked_at) > MOST_TOLD:
        lines += ["", f"… and {len(looked_at) - MOST_TOLD} more ways in which calls went wrong"]
    return lines if looked_at else [*lines, "", *_story(stories.all())]


def _call_line(row: CallRow) -> str:
    pairs = zip(HEADINGS, row.cells, strict=True)
    told = [f"{name} {cell}" for name, cell in pairs if cell and name not in ("calls", "outcome")]
    return safe(f"{SYMBOLS[row.verdict]} {row.name}: {row.outcome}; {', '.join(told)}")


def _story(rows: list[Row]) -> list[str]:
    first, left_out, last = excerpt(rows)
    return [*map(_line, first), *([left_out] if left_out else []), *map(_line, last)]


def _line(row: Row) -> str:
    whose = f"{row.calls:>8}  " if row.calls else ""
    return f"{seconds(row.t):>10}  {whose}{row.side:4}  {safe(plain(row))}"


# XML 1.0 has no way at all to write these, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml(text: str) -> str:
    return _NOT_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
