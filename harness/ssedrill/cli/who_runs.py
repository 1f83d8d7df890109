"""Who makes the runs of a command, and who is drilled: clients by their specifications, and a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from ssedrill.campaign.campaign import Campaign
    from ssedrill.drivers.driver import Client
    from ssedrill.running.supervisor.staff import Staff


def campaign_of(executor: str, given: Mapping[str, Client], stack: ExitStack, console: Console) -> Campaign | None:
    """Return who has the runs made elsewhere, connected for as long as the stack is open; None for this machine."""
    from ssedrill.campaign.executors import LOCAL, dask_executor, scheduler_of

    if executor == LOCAL:
        return None
    from ssedrill.campaign.campaign import Campaign

    tell = partial(console.print, style="magenta", markup=False, soft_wrap=True)
    connected = stack.enter_context(dask_executor(scheduler_of(executor), tell))
    return Campaign(connected, {client.name: spec for spec, client in given.items()})


def clients_of(specs: Sequence[str], dialects: Sequence[str], staff: Staff) -> tuple[dict[str, Client], list[str]]:
    """Return the clients that were named, or else all built-in ones that can be run here, and a line for the others.

    Each client is under what was typed for it.
    Those that are returned have been imported, if they speak one of the dialects.
    """
    from ssedrill.clients import CLIENTS
    from ssedrill.clients.spec import parse_specs

    if specs:
        given = parse_specs(specs, staff.describe)
        for client in given.values():
            if not dialects or {*dialects} & {*client.dialects}:
                staff.probe(client)
        return given, []
    clients = [known if known.imported else staff.describe(known.name) for known in CLIENTS.values()]
    probed = {client.name: staff.probe(client) for client in clients}
    from ssedrill.cli.drill import absent_by_reason

    left_out = [f"Left out: {names}: {why}" for why, names in absent_by_reason(probed).items()]
    return {client.name: client for client in clients if probed[client.name].available}, left_out
