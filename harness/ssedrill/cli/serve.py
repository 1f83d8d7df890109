"""``ssedrill serve``: the server alone, for programs in any language."""

from __future__ import annotations

import asyncio
import re
import signal
from typing import TYPE_CHECKING, Any

import click

from ssedrill.cli import completion
from ssedrill.cli.console import err
from ssedrill.cli.exit_codes import EXIT_INTERNAL, EXIT_INTERRUPTED, internal_fault
from ssedrill.cli.parameters import DIALECT

if TYPE_CHECKING:
    from ssedrill.serving.server import Wanted

_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


class PortRange(click.ParamType[range]):
    """A port, or two of them with a dash between: all from the one to the other."""

    name = "ports"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> range:
        """Return them."""
        if isinstance(value, range):
            return value
        found = _RANGE.fullmatch(str(value))
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
        if not 0 < first <= last < 65536:
            self.fail(f"{str(value)[:100]!r} is no range of ports: write two of them, as in 8666-8697.", param, ctx)
        return range(first, last + 1)


@click.command("serve")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE]...", shell_complete=completion.scenarios)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="HOST",
              help="Where to listen. Any address but this machine's own asks for a token.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N",
              help="The port of the control API and its page; any free one by default.")  # fmt: skip
@click.option("--drill-ports", type=PortRange(), default=range(0), metavar="FIRST-LAST",
              help="The ports that drills are served on, one each; any free ones by default.")  # fmt: skip
@click.option("--token", envvar="SSEDRILL_TOKEN", show_envvar=True, metavar="TOKEN",
              help="What must be sent with each request to the control API. Any host but this machine's own has one: "
              "if it is not given it is made and printed.")  # fmt: skip
@click.option("--dialect", type=DIALECT, help="The protocol of the drills; by default each scenario's first.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="What decides the text of the answers.")
def command(
    scenarios: tuple[str, ...],
    host: str,
    port: int,
    drill_ports: range,
    token: str | None,
    dialect: str | None,
    seed: int,
) -> int:
    """Serve drills for any program in any language, with an HTTP API that makes, watches and judges them.

    \b
      ssedrill serve reset-mid-stream --dialect openai-chat
      ssedrill serve --host 0.0.0.0 --port 8665 --drill-ports 8666-8697

    Each SCENARIO is served from the start; more of them are made by POST /drills. The first line of standard output
    is JSON: where the API is, and the drills. Everything else is on standard error. It ends at Ctrl-C (exit code 130)
    or SIGTERM (0).
    """
    from ssedrill.loading.choose import find
    from ssedrill.serving.server import Wanted

    given = find(scenarios) if scenarios else []
    for one in given:
        if dialect is not None and dialect not in one.dialects:
            raise click.UsageError(f"{one.name} is not for {dialect}; it is for {', '.join(one.dialects)}")
    return asyncio.run(_served(Wanted(given, host, port, drill_ports, token, dialect, seed)))


async def _served(wanted: Wanted) -> int:
    """Serve until a signal comes; return the exit code."""
    from ssedrill.serving.server import serve

    loop, console = asyncio.get_running_loop(), err()
    over: asyncio.Future[int] = loop.create_future()
    faults: list[Exception] = []

    def end(code: int) -> None:
        if not over.done():
            over.set_result(code)

    def failed(error: Exception) -> None:
        faults.append(error)
        internal_fault(error)

    for number, code in ((signal.SIGINT, EXIT_INTERRUPTED), (signal.SIGTERM, 0)):
        loop.add_signal_handler(number, end, code)
    code = await serve(
        wanted,
        over,
        tell=lambda line: click.echo(line),
        say=lambda line: console.print(line, markup=False, soft_wrap=True),
        failed=failed,
    )
    return EXIT_INTERNAL if faults else code
