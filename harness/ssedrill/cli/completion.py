"""What the shell completes: names of scenarios, clients, tags and of all that can be listed.

A shell asks at every press of a key, so nothing here loads a scenario: names and tags are read at a glance.
"""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from ssedrill.loading.glance import Glance, glances


def scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return what names built-in scenarios: their names, families and tags; files are the shell's to complete."""
    there = glances()
    families = dict.fromkeys(one.family for one in there)
    found = [
        *((one.name, one.about) for one in there),
        *((family, f"the family {family}") for family in families),
        *_tags(there),
    ]
    if "/" in incomplete:
        found += [(f"{one.family}/{one.name}", one.about) for one in there]
    return [*items(found, incomplete), CompletionItem(incomplete, type="file")]


def scenario_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of built-in scenarios."""
    return items(((one.name, one.about) for one in glances()), incomplete)


def tags(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the tags of built-in scenarios."""
    return items(_tags(glances()), incomplete)


def clients(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of clients; a client may be a file, too."""
    return [*client_names(ctx, param, incomplete), CompletionItem(incomplete, type="file")]


def client_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of clients."""
    from ssedrill.clients import CLIENTS

    return items(((name, client.description) for name, client in CLIENTS.items()), incomplete)


def fault_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the names of faults, with the first sentence of what each says of itself."""
    from ssedrill_faults import FAULTS

    said = ((name, " ".join((kind.__doc__ or "").split("\n\n")[0].split())) for name, kind in FAULTS.items())
    return items(said, incomplete)


def _tags(there: Iterable[Glance]) -> list[tuple[str, str]]:
    return [(tag, f"the tag {tag}") for tag in dict.fromkeys(tag for one in there for tag in one.tags)]


def items(found: Iterable[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    """Return those that begin so, with what each is about."""
    return [CompletionItem(name, help=about) for name, about in found if name.startswith(incomplete)]
