"""``ssedrill list``: what there is to be used."""

from __future__ import annotations

import click

from ssedrill.cli.console import out
from ssedrill.clients import CLIENTS
from ssedrill.dialects import dialects
from ssedrill.drivers.base import Client
from ssedrill.judging.checks import CATALOGUE as CHECKS
from ssedrill.loading.load import builtin_scenarios
from ssedrill.reporting.views import lists
from ssedrill_faults import catalogue


@click.command("list")
@click.argument("what", type=click.Choice(["scenarios", "clients", "faults", "dialects", "checks"]))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(what: str, as_json: bool) -> None:
    """List what there is: scenarios, clients, faults, dialects or checks."""
    match what:
        case "scenarios":
            rows = lists.scenario_rows(builtin_scenarios())
        case "clients":
            rows = [_client_row(client) for client in CLIENTS]
        case "faults":
            rows = lists.fault_rows(catalogue())
        case "dialects":
            rows = lists.dialect_rows(dialects())
        case _:
            rows = lists.check_rows(CHECKS)
    if as_json:
        click.echo(lists.to_json(what, rows), nl=False)
    else:
        lists.print_rows(out(), what, rows)


def _client_row(client: Client) -> lists.ListRow:
    probed = client.driver.probe()
    return {
        "name": client.name,
        "kind": client.kind,
        "dialects": list(client.dialects),
        "available": probed.available,
        "why": probed.why,
        "version": probed.version,
        "about": client.description,
    }
