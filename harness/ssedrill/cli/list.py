"""``ssedrill list``: what there is to be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from ssedrill.cli import completion
from ssedrill.cli.console import out
from ssedrill.loading.glance import glances
from ssedrill.loading.problems import nearest, shown

if TYPE_CHECKING:
    from ssedrill.drivers.driver import Client
    from ssedrill.reporting.views.lists import ListRow
    from ssedrill.running.supervisor.staff import Staff

# What a list needs is imported when it is made: the clients alone, with what they import, cost half a second.


def _scenario_rows() -> list[ListRow]:
    from ssedrill.loading.load import builtin_scenarios
    from ssedrill.reporting.views.list_rows import scenario_rows

    return scenario_rows(builtin_scenarios())


def _client_rows() -> list[ListRow]:
    from ssedrill.clients import CLIENTS
    from ssedrill.running.supervisor.staff import Staff

    with Staff() as staff:
        return [_client_row(staff, client) | {"from": CLIENTS.source(client.name)} for client in CLIENTS.values()]


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
    }


def _fault_rows() -> list[ListRow]:
    from ssedrill.reporting.views.list_rows import fault_rows
    from ssedrill_faults import FAULTS

    return fault_rows(FAULTS)


def _rows_of(module: str, table: str) -> Callable[[], list[ListRow]]:
    """Return what makes the rows of a table whose things are told by name and ``about``."""

    def rows() -> list[ListRow]:
        from ssedrill.reporting.views.list_rows import described_rows

        return described_rows(getattr(import_module(module), table))

    return rows


LISTS: Mapping[str, Callable[[], list[ListRow]]] = MappingProxyType(
    {
        "scenarios": _scenario_rows,
        "clients": _client_rows,
        "faults": _fault_rows,
        "dialects": _rows_of("ssedrill.dialects", "DIALECTS"),
        "checks": _rows_of("ssedrill.judging.checks", "CHECKS"),
        "drivers": _rows_of("ssedrill.drivers", "DRIVERS"),
        "formats": _rows_of("ssedrill.reporting.formats.table", "FORMATS"),
    }
)
"""What can be listed, and how its rows are made."""


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete names of what is listed. No client is asked what it is, and no scenario proved: that takes long."""
    match what := str(ctx.params.get("what")):
        case "scenarios":
            return completion.scenario_names(ctx, param, incomplete)
        case "clients":
            return completion.client_names(ctx, param, incomplete)
        case "faults":
            return completion.fault_names(ctx, param, incomplete)
        case _:
            rows = LISTS[what]() if what in LISTS else []
            return completion.items(((str(row["name"]), str(row["about"])) for row in rows), incomplete)


@click.command("list")
@click.argument("what", type=click.Choice(list(LISTS)))
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=_names)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", shell_complete=completion.tags,
              help="Only scenarios with this tag; may be repeated.")  # fmt: skip
@click.option("--missing", type=click.Path(path_type=Path), metavar="FILE",
              help="In place of scenarios, the failures of this file that none stands for.")  # fmt: skip
def command(what: str, names: tuple[str, ...], as_json: bool, tags: tuple[str, ...], missing: Path | None) -> None:
    """List scenarios, clients, faults, dialects, checks, drivers or formats: all of them, or those of a name.

    ssedrill list faults ping reset    what may be said of these two

    What an installed package brings is listed too, with the package's name and version.
    """
    if what != "scenarios" and (tags or missing):
        raise click.UsageError(f"--tag and --missing are about scenarios, not {what}")
    if missing is not None:
        what, rows = "failures", _missing(missing)
    elif what == "scenarios" and not as_json:  # a list for people needs no proof that they can be drilled
        rows = [asdict(one) for one in glances()]
    else:
        rows = LISTS[what]()
    if tags:
        rows = _tagged(rows, tags)
    if names:
        rows = _named(what, rows, names)
    from ssedrill.reporting.views import lists

    if as_json:
        click.echo(lists.to_json(what, rows), nl=False)
    else:
        lists.print_rows(out(), what, rows, closely=bool(names))


def _missing(file: Path) -> list[ListRow]:
    from ssedrill.loading.failures import missing, read_failures
    from ssedrill.loading.load import builtin_scenarios
    from ssedrill.reporting.views.list_rows import failure_rows

    return failure_rows(missing(read_failures(file), builtin_scenarios()))


def _tagged(rows: list[ListRow], tags: tuple[str, ...]) -> list[ListRow]:
    """Return the scenarios that have one of these tags; a tag that none has is bad input."""
    from ssedrill.loading.choose import check_tags

    check_tags(tags, {tag for row in rows for tag in row["tags"]})
    return [row for row in rows if not set(tags).isdisjoint(row["tags"])]


def _named(what: str, rows: list[ListRow], names: tuple[str, ...]) -> list[ListRow]:
    """Return the rows of these names; a name that is not there is an error of usage."""
    there = {str(row["name"]): row for row in rows}
    for name in names:
        if name not in there:
            right = nearest(name, there, command=f"ssedrill list {what}")
            raise click.UsageError(f"there is no {shown(name)} among the {what}; {right}")
    return [there[name] for name in dict.fromkeys(names)]
