"""``ssedrill report``: the report of earlier runs."""

from __future__ import annotations

from pathlib import Path

import click

from ssedrill.cli.annotate import annotate_record, annotating
from ssedrill.cli.console import err, out
from ssedrill.cli.exit_codes import EXIT_BAD_DRILL
from ssedrill.cli.parameters import PRICE, PRICE_HELP, Place
from ssedrill.cli.records import read
from ssedrill.cli.written_files import tell_missing, write_files
from ssedrill.comparing.baseline.judge import of_records
from ssedrill.model.record import RecordFile
from ssedrill.model.scenario_facts import merged as merged_facts
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.views.terminal import print_report
from ssedrill.reporting.views.wording import how_far


@click.command("report")
@click.argument("records", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD.json...")
@click.option("--report", "folder", type=Place(), metavar="DIR", help="Write it into DIR.")
@click.option("--price", type=PRICE, help=PRICE_HELP)
@annotating
@click.option("-v", "--verbose", is_flag=True, help="Tell every run as a timeline.")
def command(
    records: tuple[Path, ...], folder: Path | None, price: float | None, annotation: str | None, verbose: bool
) -> int:
    """Print the report of earlier runs from their records, or write it; several records become one report.

    A runs.jsonl, which an interrupted run leaves behind, does as well.
    """
    files = [read(path) for path in records]
    merged = RecordFile(
        versions=_versions(dict(zip(records, files, strict=True))),
        runs=[run for file in files for run in file.runs],
        meta=files[0].meta if len(files) == 1 else {},
        planned=sum(max(file.planned, len(file.runs)) for file in files),
        repeats=[one for file in files for one in file.repeats],
        scenarios=merged_facts(*(file.scenarios for file in files)),
        baseline=of_records(files),
        price=price or next((file.price for file in files if file.price is not None), None),
    )
    missing = write_files(merged, json_file=None, folder=folder)
    console = out()
    print_report(console, merged, verbose=verbose)
    if merged.interrupted:
        console.print(how_far(merged), style="bold")
    if annotation is not None:
        missing |= annotate_record(merged)
    return tell_missing(missing, err()) or (EXIT_BAD_DRILL if merged.went_wrong else 0)


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
