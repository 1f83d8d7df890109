"""``ssedrill report``: the report of earlier runs."""

from __future__ import annotations

from pathlib import Path

import click

from ssedrill.cli.console import err, out
from ssedrill.cli.exit_codes import EXIT_BAD_DRILL
from ssedrill.cli.parameters import Place
from ssedrill.cli.written_files import tell_missing, write_files
from ssedrill.model.record import RecordFile
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.run_log import LOG_SUFFIX, file_of, read_log
from ssedrill.reporting.views.terminal import print_report
from ssedrill.reporting.views.wording import how_far


@click.command("report")
@click.argument("records", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD.json...")
@click.option("--report", "folder", type=Place(), metavar="DIR", help="Write it into DIR.")
@click.option("-v", "--verbose", is_flag=True, help="Tell every run as a timeline.")
def command(records: tuple[Path, ...], folder: Path | None, verbose: bool) -> int:
    """Print the report of earlier runs from their records, or write it; several records become one report.

    A runs.jsonl, which an interrupted run leaves behind, does as well.
    """
    files = [_read(path) for path in records]
    merged = RecordFile(
        versions=_versions(dict(zip(records, files, strict=True))),
        runs=[run for file in files for run in file.runs],
        meta=files[0].meta if len(files) == 1 else {},
        planned=sum(max(file.planned, len(file.runs)) for file in files),
    )
    missing = write_files(merged, json_file=None, folder=folder)
    console = out()
    print_report(console, merged, verbose=verbose)
    if merged.interrupted:
        console.print(how_far(merged), style="bold")
    bad = any(run.verdict.bad for run in merged.runs)
    return tell_missing(missing, err()) or (EXIT_BAD_DRILL if bad else 0)


def _read(path: Path) -> RecordFile:
    return file_of(*read_log(path)) if path.suffix == LOG_SUFFIX else to_json.read(path)


def _versions(files: dict[Path, RecordFile]) -> dict[str, str]:
    """Return the versions of all; raises BadRecord if a client is there in two, which one column would mix up."""
    found: dict[str, tuple[str, Path]] = {}
    for path, file in files.items():
        for name, version in file.versions.items():
            first, where = found.setdefault(name, (version, path))
            if name.startswith("client ") and version != first:
                client = name.removeprefix("client ")
                raise to_json.BadRecord(
                    f"{path}: {client} is {version} here and {first} in {where}: run one of them under another name"
                    f" (--client NAME={client})"
                )
    return {name: version for name, (version, _) in found.items()}
