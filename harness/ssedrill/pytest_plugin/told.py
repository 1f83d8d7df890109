"""What is told of a drill when its test fails: the reason, the story, how to see it again, and a page to keep."""

from __future__ import annotations

import io
import platform
import re
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from rich.console import Console

from ssedrill import __version__
from ssedrill.model.clean_text import inert, safe
from ssedrill.model.record import Record, RecordFile, Verdict
from ssedrill.model.scenario import Scenario
from ssedrill.reporting.formats.table import FORMATS
from ssedrill.reporting.store.files import NotWritable
from ssedrill.reporting.views.calls import lines_to_tell
from ssedrill.reporting.views.terminal import print_timeline
from ssedrill.reporting.views.wording import reproduce

KEPT = ("html", "json")
"""The page, and the record that it links to."""
STORY_COLUMNS = 110
_NAME_CHARS = 80


def passes(record: Record) -> bool:
    """Tell whether a test may pass with such a record: what was not tested, or could not be, proves nothing."""
    return not record.verdict.bad and record.verdict is not Verdict.UNSUPPORTED


def failure(record: Record) -> str:
    """Say in a few lines why a drill fails its test, and how to see it again."""
    how = f"{record.dialect}, seed {record.seed}, {record.clock} clock"
    lines = [f"{safe(record.scenario)} ({how}): {record.outcome}", f"  {safe(record.summary)}"]
    lines += [f"  {line}" for line in lines_to_tell(record)]
    asked = [attempt for attempt in record.wire.attempts if attempt.was_read]
    if asked and not any(attempt.kind.is_understood for attempt in asked):
        lines.append(f"  is {record.dialect} what your code speaks? dialect=... in the marker says what it is")
    return inert("\n".join([*lines, f"  again: {safe(reproduce(record))}"]))


def story(record: Record) -> str:
    """Tell a run as it went, wire and application."""
    text = io.StringIO()
    print_timeline(Console(file=text, width=STORY_COLUMNS, color_system=None, legacy_windows=False), record)
    return inert(text.getvalue().rstrip())


def page_folder(report: Path, test: str, number: int) -> Path:
    """Return where the page of a test's drill is kept; ``number`` counts the drills of the test from 1."""
    name = re.sub(r"[^\w.-]+", "-", test).strip("-.")[-_NAME_CHARS:]
    again = f"-{number}" if number > 1 else ""
    return report / f"{name}-{sha256(test.encode()).hexdigest()[:6]}{again}"


def keep(record: Record, scenario: Scenario, folder: Path, here: Path) -> str:
    """Write the page of a run and its record into a folder, and say where, as seen from ``here``; or why not."""
    versions = {"ssedrill": __version__, "python": platform.python_version(), "platform": platform.platform()}
    file = RecordFile(versions, [record], planned=1, scenarios=[scenario.facts])
    try:
        for name in KEPT:
            FORMATS[name].write(file, folder / FORMATS[name].file_name)
    except NotWritable as error:
        return f"page: {safe(str(error))}"
    page = folder / FORMATS[KEPT[0]].file_name
    return f"page: {safe(str(page.relative_to(here) if page.is_relative_to(here) else page))}"


def forget(folder: Path) -> None:
    """Remove the page of an earlier run of the same test, if there is one: it says nothing any more."""
    with suppress(OSError):  # where pages can't be, there is none
        for name in KEPT:
            (folder / FORMATS[name].file_name).unlink(missing_ok=True)
        if folder.is_dir() and not any(folder.iterdir()):
            shutil.rmtree(folder, ignore_errors=True)
