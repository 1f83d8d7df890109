"""``ssedrill show``: a scenario, explained."""

from __future__ import annotations

import click

from ssedrill.cli import completion
from ssedrill.cli.console import out
from ssedrill.cli.parameters import DIALECT


@click.command("show")
@click.argument("scenario", metavar="SCENARIO|FILE", shell_complete=completion.scenarios)
@click.option("--dialect", type=DIALECT, help="Default: the scenario's first.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="For faults that use chance.")
@click.option("--hex", "hexdump", is_flag=True, help="The bytes of each segment, too.")
def command(scenario: str, dialect: str | None, seed: int, hexdump: bool) -> None:
    """Explain a scenario: what goes over the wire, attempt by attempt, and what must come of it.

    \b
      ssedrill show reset-mid-stream
      ssedrill show utf8-split --dialect openai-chat --hex
    """
    from ssedrill.loading.choose import find
    from ssedrill.reporting.views.explain import print_scenario

    for i, one in enumerate(find([scenario])):
        if dialect is not None and dialect not in one.dialects:
            raise click.UsageError(f"{one.name} is not for {dialect}; it is for {', '.join(one.dialects)}")
        console = out()
        if i:
            console.rule()
        print_scenario(console, one, dialect or one.dialects[0], seed=seed, hexdump=hexdump)
