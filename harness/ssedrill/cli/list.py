"""``ssedrill list``: what there is to be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import click

from ssedrill.cli.console import out
from ssedrill.clients import CLIENTS
from ssedrill.dialects import DIALECTS
from ssedrill.drivers import DRIVERS
from ssedrill.drivers.driver import Client
from ssedrill.judging.checks import CHECKS
from ssedrill.loading.failures import missing as not_covered
from ssedrill.loading.failures import read_failures
from ssedrill.loading.load import builtin_scenarios, tagged
from ssedrill.loading.problems import nearest, shown
from ssedrill.reporting.formats.table import FORMATS
from ssedrill.reporting.views import lists
from ssedrill.reporting.views.lists import ListRow, described_rows
from ssedrill.running.supervisor.staff import Staff
from ssedrill_faults import FAULTS


def _client_rows() -> list[ListRow]:
    with Staff() as staff:
        return [_client_row(staff, client) for client in CLIENTS.values()]


def _client_row(staff: Staff, known: Client) -> ListRow:
    client = known if known.imported else staff.describe(known.name)
    probed = staff.probe(client)
    return {
        "name": client.name,
        "kind": client.kind,
        "dialects": list(client.dialects),
        "available": probed.available,
        "why": probed.why,
        "version": probed.version,
        "about": client.description,
        "from": CLIENTS.source(client.name),
    }


LISTS: Mapping[str, Callable[[], list[ListRow]]] = MappingProxyType(
    {
        "scenarios": lambda: lists.scenario_rows(builtin_scenarios()),
        "clients": _client_rows,
        "faults": lambda: lists.fault_rows(FAULTS),
        "dialects": lambda: described_rows(DIALECTS),
        "checks": lambda: described_rows(CHECKS),
        "drivers": lambda: described_rows(DRIVERS),
        "formats": lambda: described_rows(FORMATS),
    }
)
"""What can be listed, and how its rows are made."""


@click.command("list")
@click.argument("what", type=click.Choice(list(LISTS)))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only scenarios with this tag; may be repeated.")
@click.option("--missing", type=click.Path(path_type=Path), metavar="FILE",
              help="In place of scenarios, the failures of this file that none stands for.")  # fmt: skip
def command(what: str, names: tuple[str, ...], as_json: bool, tags: tuple[str, ...], missing: Path | None) -> None:
    """List what there is: scenarios, clients, faults, dialects, checks, drivers or formats; or those of these names.

    What an installed package brings is listed too, with the package's name and version.
    """
    if what != "scenarios" and (tags or missing):
        raise click.UsageError(f"--tag and --missing are about scenarios, not {what}")
    if missing is not None:
        what, rows = "failures", lists.failure_rows(not_covered(read_failures(missing), builtin_scenarios()))
    elif tags:
        rows = lists.scenario_rows(tagged(builtin_scenarios(), tags))
    else:
        rows = LISTS[what]()
    known = [str(row["name"]) for row in rows]
    for name in names:
        if name not in known:
            raise click.UsageError(
                f"{what} has no {shown(name)}; {nearest(name, known, command=f'ssedrill list {what}')}"
            )
    rows = [row for row in rows if row["name"] in names] if names else rows
    if as_json:
        click.echo(lists.to_json(what, rows), nl=False)
    else:
        lists.print_rows(out(), what, rows)
