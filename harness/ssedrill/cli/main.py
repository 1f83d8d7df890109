"""The command line: every command is a file of this package and a line in the table below.

Exit codes: 0 all as expected, 1 a drill failed or proved nothing, 2 bad input, 3 an internal fault, 130 interrupted.
"""

from __future__ import annotations

import click

from ssedrill import __version__
from ssedrill.cli import herd, report, run, show
from ssedrill.cli import list as list_  # not to hide Python's own
from ssedrill.cli.exit_codes import Guarded
from ssedrill.cli.nursery import fork_nursery
from ssedrill.cli.stdout import show_all

COMMANDS = (
    run.command,
    herd.command,
    list_.command,
    show.command,
    report.command,
)
"""Every command, in the order in which ``--help`` tells them."""


def main() -> None:
    """Run the command line."""
    show_all()
    fork_nursery()
    cli(prog_name="ssedrill")


@click.group(cls=Guarded, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ssedrill")
def cli() -> None:
    """Fire drills for streaming clients.

    A fake SSE server breaks connections, statuses and streams on purpose; ssedrill watches what your client makes of
    it, on the wire and in the application, and says what really happened: tokens shown twice, answers cut short and
    taken for complete, retries that ignore Retry-After, hangs.

    \b
      ssedrill run --client anthropic                 every drill against one client
      ssedrill run reset-mid-stream --client openai -v
      ssedrill show reset-mid-stream                  what goes over the wire, explained
      ssedrill list clients                           what can be drilled here
    """


for _command in COMMANDS:
    cli.add_command(_command)
