"""The table of report formats, and the folder that ``--report`` writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ssedrill.model.record import RecordFile
from ssedrill.reporting.formats import csv_rows, html, junit, markdown, to_json
from ssedrill_faults.extensions import Table


@dataclass(frozen=True)
class Format:
    """One report format: the file that it makes in a report's folder, what it is for, and its writer."""

    file_name: str
    about: str
    write: Callable[[RecordFile, Path], None]


def _wrong(name: str, thing: object) -> str | None:
    if not isinstance(thing, Format):
        return f"which is no Format but of type {type(thing).__name__}"
    return None if Path(thing.file_name).name == thing.file_name else "whose file_name is more than a name"


FORMATS: Table[Format] = Table(
    "ssedrill.formats",
    {
        "csv": Format("runs.csv", "A row for each run with all that is measured, for spreadsheets.", csv_rows.write),
        "html": Format("index.html", "One page with the matrix and all the evidence, for people.", html.write),
        "json": Format("record.json", "Everything, for programs and for making reports again.", to_json.write),
        "junit": Format("junit.xml", "Test cases, for CI systems.", junit.write),
        "markdown": Format("summary.md", "The matrix and what went wrong, for a pull request.", markdown.write),
    },
    _wrong,
)
"""Every format by name; a new one is a module with a writer and a line here.

Installed packages add theirs under the entry points ``ssedrill.formats``.
"""


def write_all(file: RecordFile, folder: Path) -> dict[Path, Exception]:
    """Write every format into a folder, made if it is missing; return what could not be written, and why."""
    missing: dict[Path, Exception] = {}
    for form in FORMATS.values():
        path = folder / form.file_name
        try:
            form.write(file, path)
        except Exception as error:  # of one format, which may be somebody else's: the others are written all the same
            missing[path] = error
    return missing
