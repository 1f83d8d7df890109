"""``ssedrill report``: the report of earlier runs."""

from __future__ import annotations

from pathlib import Path

import click

from ssedrill.cli.console import out
from ssedrill.cli.exit_codes import EXIT_BAD_DRILL
from ssedrill.cli.parameters import Place
from ssedrill.model.record import RecordFile
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.formats.table import write_all
from ssedrill.reporting.views.terminal import print_report


@click.command("report")
@click.argument("records", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD.json...")
@click.option("--report", "folder", type=Place(), metavar="DIR", help="Write it into DIR.")
@click.option("-v", "--verbose", is_flag=True, help="Tell every run as a timeline.")
def command(records: tuple[Path, ...], folder: Path | None, verbose: bool) -> int:
    """Print the report of earlier runs from their records, or write it; several records become one report."""
    files = [to_json.read(path) for path in records]
    merged = RecordFile(
        versions={name: text for file in files for name, text in file.versions.items()},
        runs=[run for file in files for run in file.runs],
        meta=files[0].meta if len(files) == 1 else {},
    )
    if folder is not None:
        write_all(merged, folder)
    print_report(out(), merged, verbose=verbose)
    bad = any(run.verdict.bad for run in merged.runs)
    return EXIT_BAD_DRILL if bad else 0
