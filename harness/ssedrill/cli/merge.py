"""``ssedrill merge``: the records of shards become one."""

from __future__ import annotations

from pathlib import Path

import click

from ssedrill.cli.console import err
from ssedrill.cli.parameters import Place
from ssedrill.cli.written_files import tell_missing, write_files
from ssedrill.model.phrases import grouped
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.merging import merged


@click.command("merge")
@click.argument("records", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD.json...")
@click.option("--json", "json_file", type=Place(), required=True, metavar="FILE",
              help="Where the whole record is written; - for standard output.")  # fmt: skip
def command(records: tuple[Path, ...], json_file: Path) -> int:
    """Put the records of all shards of a run together: the record is the one that a single machine would have made.

    \b
      ssedrill run --shard 1/2 --json one.json        on one machine
      ssedrill run --shard 2/2 --json two.json        on another
      ssedrill merge one.json two.json --json record.json
      ssedrill report record.json --report ssedrill-report

    What does not belong together is refused: shards of other scenarios, clients, versions, seeds or clocks, a shard
    that is missing, one that is there twice, one that was interrupted. Records of different runs make one report with
    ssedrill report.
    """
    file = merged({path: to_json.read(path) for path in dict.fromkeys(records)})
    if str(json_file) == "-":
        click.echo(to_json.to_text(file), nl=False)
        return 0
    missing = tell_missing(write_files(file, json_file=json_file, folder=None), err())
    if not missing:
        said = f"{grouped(len(records), 'shard')}, {grouped(len(file.runs), 'run')}: {json_file.name}"
        err().print(said, markup=False, soft_wrap=True)
    return missing
