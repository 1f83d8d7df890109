"""Writing what came of runs, as much of it as can be written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from ssedrill.cli.exit_codes import EXIT_BAD_INPUT, tell_traceback
from ssedrill.model.record import RecordFile
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.formats.table import write_all
from ssedrill.reporting.store.files import NotWritable


def write_files(file: RecordFile, *, json_file: Path | None, folder: Path | None) -> dict[Path, Exception]:
    """Write the record and the report, where they are wanted; return what could not be written, and why."""
    missing: dict[Path, Exception] = {}
    if json_file is not None:
        try:
            to_json.write(file, json_file)
        except NotWritable as error:
            missing[json_file] = error
    return missing | (write_all(file, folder) if folder is not None else {})


def tell_missing(missing: Mapping[Path, Exception], console: Console) -> int:
    """Say what could not be written; return the exit code that follows, 0 if nothing is missing."""
    for path, error in missing.items():
        why = str(error)
        if not isinstance(error, NotWritable):
            why = tell_traceback(error).text(f"can't make {path}: {type(error).__name__}: {error}")
        console.print(f"ssedrill: {why}", style="bold red", markup=False, soft_wrap=True)
    return EXIT_BAD_INPUT if missing else 0
