"""The command line: every command is a file of this package and a line in the table of ``commands``.

Exit codes: 0 all as expected, 1 a drill failed or proved nothing, 2 bad input, 3 an internal fault, 130 interrupted.
"""

from __future__ import annotations

import sys
from contextlib import suppress

import click

from ssedrill import __version__
from ssedrill.cli.commands import Commands
from ssedrill.cli.stdout import show_all

_RUN_CLIENTS = (["run"], ["herd"], ["batch"], ["list", "clients"])


def main() -> None:
    """Run the command line.

    If clients are to be run or asked, who starts workers is forked while nothing but what workers need is in this
    process: it has then imported that at no cost, and a client's libraries can be imported beside the rest.
    """
    show_all()
    if any(sys.argv[1 : 1 + len(words)] == words for words in _RUN_CLIENTS):
        from ssedrill.cli.config import load_config
        from ssedrill.cli.nursery import fork_nursery
        from ssedrill.loading.problems import BadScenario

        with suppress(BadScenario):  # the command says what is wrong; workers only need what tables are told
            load_config()
        fork_nursery()
    cli(prog_name="ssedrill")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ssedrill")
@click.pass_context
def cli(ctx: click.Context) -> None:
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
    from ssedrill.cli.config import load_config

    ctx.obj = load_config()
