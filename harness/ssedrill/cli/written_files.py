"""Writing what came of runs, as much of it as can be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from ssedrill.cli.exit_codes import EXIT_BAD_INPUT, tell_traceback
from ssedrill.cli.stdout import stdout_to_stderr
from ssedrill.model.record import RecordFile
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.run_log import RunLog, log_paths
from ssedrill.reporting.store.files import NotWritable, make_folder, make_writable


@dataclass(frozen=True)
class Wanted:
    """Where the record and the report of a command's runs are wanted; ``to_stdout``: the record goes there."""

    json_file: Path | None
    folder: Path | None
    to_stdout: bool

    @classmethod
    def ready(cls, json_file: Path | None, folder: Path | None) -> Wanted:
        """See before the work that they can be written; ``-`` is standard output. Raises NotWritable."""
        to_stdout = json_file is not None and str(json_file) == "-"
        if folder is not None:
            make_folder(folder)
        if json_file is not None and not to_stdout:
            make_writable(json_file)
        return cls(None if to_stdout else json_file, folder, to_stdout)

    def log(self, *, resume: Path | None, warn: Callable[[str], None]) -> RunLog:
        """Return what the runs are written down in while they are made."""
        return RunLog(log_paths(self.json_file, self.folder), resume=resume, warn=warn)

    def kept_clean(self) -> AbstractContextManager[None]:
        """Keep what clients print out of standard output, if the record is wanted there."""
        return stdout_to_stderr() if self.to_stdout else nullcontext()

    def write(self, file: RecordFile, log: RunLog) -> dict[Path, Exception]:
        """Write all, and close the log; return what could not be written, and why."""
        missing = write_files(file, json_file=self.json_file, folder=self.folder)
        log.close(complete=not missing and not file.interrupted)
        if self.to_stdout:
            click.echo(to_json.to_text(file), nl=False)
        return missing


def write_files(file: RecordFile, *, json_file: Path | None, folder: Path | None) -> dict[Path, Exception]:
    """Write the record and the report, where they are wanted; return what could not be written, and why."""
    missing: dict[Path, Exception] = {}
    if json_file is not None:
        try:
            to_json.write(file, json_file)
        except NotWritable as error:
            missing[json_file] = error
    if folder is None:
        return missing
    from ssedrill.reporting.formats.table import write_all  # what makes pages and XML, only if any are wanted

    return missing | write_all(file, folder)


def tell_missing(missing: Mapping[Path, Exception], console: Console) -> int:
    """Say what could not be written; return the exit code that follows, 0 if nothing is missing."""
    for path, error in missing.items():
        why = str(error)
        if not isinstance(error, NotWritable):
            why = tell_traceback(error).text(f"can't make {path}: {type(error).__name__}: {error}")
        console.print(f"ssedrill: {why}", style="bold red", markup=False, soft_wrap=True)
    return EXIT_BAD_INPUT if missing else 0
