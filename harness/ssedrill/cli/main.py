"""The command line.

Exit codes: 0 all as expected, 1 a drill failed or proved nothing, 2 bad input, 3 an internal fault, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click
from rich.console import Console

from ssedrill import __version__
from ssedrill.cli.drill import BAD_EXIT, Options, drill_all
from ssedrill.cli.exit_codes import EXIT_INTERRUPTED, Guarded, Place
from ssedrill.cli.stdout import show_all, stdout_to_stderr
from ssedrill.clients import CLIENTS
from ssedrill.clients.spec import parse_spec
from ssedrill.clock.choose import ClockWish
from ssedrill.dialects import DIALECTS
from ssedrill.drivers.base import Client
from ssedrill.judging.checks import CATALOGUE as CHECKS
from ssedrill.loading.load import builtin_scenarios, find
from ssedrill.model.record import RecordFile
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.formats.table import FORMATS, write_all
from ssedrill.reporting.store.files import make_folder, make_writable
from ssedrill.reporting.views import lists
from ssedrill.reporting.views.show import print_scenario
from ssedrill.reporting.views.terminal import print_report
from ssedrill_faults import CATALOGUE as FAULTS


class PipeAwareConsole(Console):
    """A console whose reader may leave early (``| head``): that is no error of ours."""

    def on_broken_pipe(self) -> None:
        """End quietly."""
        raise BrokenPipeError


def out() -> Console:
    """Return the console for results. A log has no width of its own: give it a generous one."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
    return PipeAwareConsole(width=width, highlight=False)


def main() -> None:
    """Run the command line."""
    show_all()
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


@cli.command("run")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE|FOLDER]...")
@click.option("--client", "-c", "specs", multiple=True, metavar="NAME|SPEC", help="A client; may be repeated.")
@click.option("--clock", type=click.Choice(["auto", "virtual", "real"]), default="auto", show_default=True,
              help="Virtual time skips all waiting; auto uses it where the client allows it.")  # fmt: skip
@click.option("--repeat", type=click.IntRange(1, 100_000), default=1, metavar="N", help="Run each drill N times.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="Seed of the first repeat.")
@click.option("--jobs", "-j", type=click.IntRange(1, 256), default=None, metavar="N", help="Runs at the same time.")
@click.option("--dialect", "dialects", multiple=True, type=click.Choice(list(DIALECTS)), help="Only this dialect.")
@click.option("--json", "json_file", type=Place(), metavar="FILE",
              help="Write the whole record; - for standard output.")  # fmt: skip
@click.option("--report", "folder", type=Place(), metavar="DIR",
              help=f"Write {', '.join(form.file_name for form in FORMATS.values())} into DIR.")  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Tell every run as a timeline: wire and application.")
def run_command(
    scenarios: tuple[str, ...],
    specs: tuple[str, ...],
    clock: ClockWish,
    repeat: int,
    seed: int,
    jobs: int | None,
    dialects: tuple[str, ...],
    json_file: Path | None,
    folder: Path | None,
    verbose: bool,
) -> int:
    """Drill clients and print what came of it.

    Without a scenario all built-in ones are run; without a client, all built-in ones that this machine has.

    \b
    A client is a built-in name (ssedrill list clients) or a SPEC:
      my_module:stream               an async or plain generator function in Python
      cmd:./my-client --flag         a program that writes JSON lines
      raw:curl -sN {url}             a program whose output is the text

    \b
    Examples:
      ssedrill run --client anthropic --client openai --report ssedrill-report
      ssedrill run stall-mid-stream --client "cmd:node client.mjs" -v
      ssedrill run drills/ --client my_app.llm:stream --repeat 20 --json record.json

    Exit code 0: everything as it must be; 1: a drill failed or proved nothing; 2: bad input; 3: a defect of ssedrill;
    130: interrupted (what was done until then is printed and written).
    """
    found = find(list(scenarios)) if scenarios else builtin_scenarios()
    to_stdout = json_file is not None and str(json_file) == "-"
    if folder is not None:  # before the work, not after it
        make_folder(folder)
    if json_file is not None and not to_stdout:
        make_writable(json_file)
    options = Options(
        clock=clock, repeat=repeat, seed=seed, jobs=jobs or min(4, os.cpu_count() or 1), dialects=dialects or None
    )
    stderr = PipeAwareConsole(stderr=True, highlight=False)
    with stdout_to_stderr() if to_stdout else nullcontext():
        result = drill_all(found, _clients(specs, stderr), options, named=bool(specs), console=stderr)
    if to_stdout:
        click.echo(to_json.to_text(result.file), nl=False)
    elif json_file is not None:
        to_json.write(result.file, json_file)
    if folder is not None:
        write_all(result.file, folder)
    sources = {one.name: one.source for one in found if one not in builtin_scenarios()}
    console = stderr if to_stdout else out()
    print_report(console, result.file, sources, verbose=verbose)
    for refusal in result.refusals:
        console.print(f"NOT TESTED: {refusal}", style="bold magenta", markup=False, soft_wrap=True)
    if folder is not None:
        stderr.print(f"Report: {folder / FORMATS['html'].file_name}", markup=False, soft_wrap=True)
    if result.interrupted:
        stderr.print(f"Interrupted: {len(result.file.runs)} of {result.planned} runs were done.", style="bold")
        return EXIT_INTERRUPTED
    return result.exit_code


def _clients(specs: Sequence[str], console: Console) -> list[Client]:
    """Return the clients that were named, or else all built-in ones that can be run here."""
    if specs:
        return [parse_spec(spec) for spec in dict.fromkeys(specs)]
    available = []
    for client in CLIENTS:
        probed = client.driver.probe()
        if probed.available:
            available.append(client)
        else:
            console.print(f"Left out: {client.name}: {probed.why}", style="magenta", markup=False)
    return available


@cli.command("list")
@click.argument("what", type=click.Choice(["scenarios", "clients", "faults", "dialects", "checks"]))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_command(what: str, as_json: bool) -> None:
    """List what there is: scenarios, clients, faults, dialects or checks."""
    match what:
        case "scenarios":
            rows = lists.scenario_rows(builtin_scenarios())
        case "clients":
            rows = [_client_row(client) for client in CLIENTS]
        case "faults":
            rows = lists.fault_rows(FAULTS)
        case "dialects":
            rows = lists.dialect_rows(DIALECTS)
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


@cli.command("show")
@click.argument("scenario", metavar="SCENARIO|FILE")
@click.option("--dialect", type=click.Choice(list(DIALECTS)), help="Default: the scenario's first.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="For faults that use chance.")
@click.option("--hex", "hexdump", is_flag=True, help="Every segment's bytes.")
def show_command(scenario: str, dialect: str | None, seed: int, hexdump: bool) -> None:
    """Explain a scenario: what goes over the wire, attempt by attempt, and what must come of it.

    \b
      ssedrill show reset-mid-stream
      ssedrill show utf8-split --dialect openai-chat --hex
    """
    for i, one in enumerate(find([scenario])):
        if dialect is not None and dialect not in one.dialects:
            raise click.UsageError(f"{one.name} is not for {dialect}; it is for {', '.join(one.dialects)}")
        console = out()
        if i:
            console.rule()
        print_scenario(console, one, dialect or one.dialects[0], seed=seed, hexdump=hexdump)


@cli.command("report")
@click.argument("records", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD.json...")
@click.option("--report", "folder", type=Place(), metavar="DIR", help="Write it into DIR.")
@click.option("-v", "--verbose", is_flag=True, help="Tell every run as a timeline.")
def report_command(records: tuple[Path, ...], folder: Path | None, verbose: bool) -> int:
    """Print the report of earlier runs from their records, or write it; several records become one report."""
    files = [to_json.read(path) for path in records]
    merged = RecordFile(
        versions={name: text for file in files for name, text in file.versions.items()},
        runs=[run for file in files for run in file.runs],
        meta=files[0].meta if len(files) == 1 else {},
    )
    if folder is not None:
        write_all(merged, folder)
    print_report(out(), merged, verbose=verbose)
    bad = any(run.verdict.bad for run in merged.runs)
    return BAD_EXIT if bad else 0
