"""``ssedrill run``: drill clients, print what came of it, write records and reports."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from ssedrill.cli import completion
from ssedrill.cli.annotate import annotate_record, annotating
from ssedrill.cli.choosing import Choice, choosing
from ssedrill.cli.console import err, out
from ssedrill.cli.exit_codes import EXIT_BAD_INPUT
from ssedrill.cli.parameters import DIALECT, EXECUTOR, PRICE, PRICE_HELP, Place
from ssedrill.cli.who_runs import campaign_of, clients_of
from ssedrill.model.clean_text import safe

if TYPE_CHECKING:
    from ssedrill.cli.baseline import KeptBaseline
    from ssedrill.clock.choose import ClockWish
    from ssedrill.running.shard import Shard

# What runs anything is imported when something is run: a shell that completes a name would wait for all of it.


@click.command("run")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE|FOLDER]...", shell_complete=completion.scenarios)
@choosing
@click.option("--client", "-c", "specs", multiple=True, metavar="NAME|SPEC", shell_complete=completion.clients,
              help="A client; may be repeated.")  # fmt: skip
@click.option("--clock", type=click.Choice(["auto", "virtual", "real"]), default="auto", show_default=True,
              help="Virtual time skips all waiting; auto uses it if the client allows it.")  # fmt: skip
@click.option("--repeat", type=click.IntRange(1, 100_000), default=1, metavar="N", help="Run each drill N times.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="Seed of the first repeat.")
@click.option("--jobs", "-j", type=click.IntRange(1, 256), default=None, metavar="N", help="Runs at the same time.")
@click.option("--executor", type=EXECUTOR, default="local", show_default=True, metavar="local|dask://HOST:PORT",
              help="Who makes the runs: this machine, or the workers of a Dask scheduler.")  # fmt: skip
@click.option("--dialect", "dialects", multiple=True, type=DIALECT, help="Only this dialect.")
@click.option("--pass-env", "passed", multiple=True, metavar="NAME",
              help="Hand this variable on to programs, though it may be a secret; may be repeated.")  # fmt: skip
@click.option("--json", "json_file", type=Place(), metavar="FILE",
              help="Write the whole record; - for standard output.")  # fmt: skip
@click.option("--report", "folder", type=Place(), metavar="DIR",
              help="Write the report into DIR, in every format (ssedrill list formats).")  # fmt: skip
@click.option("--resume", type=Place(), metavar="DIR",
              help="Go on with the interrupted run whose report is in DIR; give what it was given.")  # fmt: skip
@click.option("--baseline", type=Place(), metavar="FILE",
              help="Known failures: they are shown, and do not make this fail; what else fails does.")  # fmt: skip
@click.option("--write-baseline", type=Place(), metavar="FILE",
              help="Write what fails into FILE; reasons and comments that are there are kept.")  # fmt: skip
@click.option("--otel", is_flag=True,
              help="Send each run as a trace of OpenTelemetry to where the variables OTEL_* say.")  # fmt: skip
@click.option("--price", type=PRICE, help=PRICE_HELP)
@annotating
@click.option("--fail-fast", is_flag=True, help="End with the first run that fails or proves nothing.")
@click.option("--watch", "watching", is_flag=True, help="Again when a scenario or client changes, until Ctrl-C.")
@click.option("-v", "--verbose", is_flag=True, help="Tell every run as a timeline: wire and application.")
@click.option("-q", "--quiet", is_flag=True, help="Tell what went wrong only: no progress, no matrix.")
def command(
    scenarios: tuple[str, ...],
    tags: tuple[str, ...],
    keywords: tuple[str, ...],
    excluded: tuple[str, ...],
    shard: Shard | None,
    specs: tuple[str, ...],
    clock: ClockWish,
    repeat: int,
    seed: int,
    jobs: int | None,
    executor: str,
    dialects: tuple[str, ...],
    passed: tuple[str, ...],
    json_file: Path | None,
    folder: Path | None,
    resume: Path | None,
    baseline: Path | None,
    write_baseline: Path | None,
    otel: bool,
    price: float | None,
    annotation: str | None,
    fail_fast: bool,
    watching: bool,
    verbose: bool,
    quiet: bool,
) -> int:
    """Drill clients and print what came of it.

    Without a scenario all built-in ones are run; without a client, all built-in ones that this machine has.

    A scenario is named by its name, its family (tcp), a pattern ("retry-after-*", "tcp/*"), a tag (basic), a file or
    a folder.

    \b
    A client is a built-in name (ssedrill list clients) or a SPEC:
      my_module:stream               an async or plain generator function in Python
      cmd:./my-client --flag         a program that writes JSON lines
      raw:curl -sN {url}             a program whose output is the text
      venv:old:openai                a built-in one with the libraries of another environment
      mine=SPEC, mine@openai-chat=SPEC   any of them under a name, in these dialects only

    \b
    Examples:
      ssedrill run --client anthropic --client openai --report ssedrill-report
      ssedrill run stall-mid-stream --client "cmd:node client.mjs" -v
      ssedrill run --tag basic --exclude waiting -k retry
      ssedrill run drills/ --client my_app.llm:stream --repeat 20 --json record.json
      ssedrill run --client anthropic --client openai --resume ssedrill-report

    A failure that the --baseline has is known, as long as it fails in exactly that way: fixed, it is to be taken out.

    Exit code 0: everything as it must be; 1: a drill failed or proved nothing; 2: bad input; 3: a defect of ssedrill;
    130: interrupted (what was done until then is printed and written).

    Each run is written down as soon as it is done, into runs.jsonl in the report's folder, or beside the --json
    file: whatever ends this command, --resume goes on from there. It is removed when everything is done and written.
    """
    from ssedrill.cli.config import configured
    from ssedrill.drivers.program.environment import PASSED
    from ssedrill.running.supervisor.staff import Staff

    if baseline is not None and write_baseline is not None:
        raise click.UsageError("--baseline judges by a file, and --write-baseline writes it: give one of them")
    config = configured()
    specs = config.specs(specs)
    stderr = err()
    if passed:
        os.environ[PASSED] = ",".join(passed)
    here = Path.cwd()  # a client may go elsewhere
    if watching:
        from ssedrill.cli.watch import watch

        return watch(sys.argv[1:], specs, scenarios or config.scenarios, stderr)
    folder = folder or (config.report if resume is None else None)
    baseline = baseline or (config.baseline if write_baseline is None else None)
    kept: KeptBaseline | None = None
    with Staff() as staff, ExitStack() as stack:
        coming = staff.ahead(partial(clients_of, specs, dialects, staff))

        from ssedrill.cli.closing_words import tell_end, tell_places, tell_refusals
        from ssedrill.cli.drill import Options, drill_all
        from ssedrill.cli.traces import add_now, open_traces
        from ssedrill.cli.written_files import Wanted, tell_missing
        from ssedrill.loading.builtin import builtin_files
        from ssedrill.reporting.formats.table import FORMATS
        from ssedrill.reporting.run_log import LOG_NAME
        from ssedrill.reporting.views.terminal import print_report

        choice = Choice(scenarios or config.scenarios, tags, keywords, excluded)
        there = choice.there()
        found = choice.narrowed(there)
        builtin = {str(path) for path in builtin_files().values()}
        sources = {one.name: one.source for one in found if one.source not in builtin}
        if resume is not None and folder not in (None, resume):
            raise click.UsageError(f"--resume {resume} goes on with the report there: leave out --report {folder}")
        folder = folder or resume
        wanted = Wanted.ready(json_file, folder)
        options = Options(
            clock=clock,
            repeat=repeat,
            seed=seed,
            jobs=jobs or min(4, os.cpu_count() or 1),
            dialects=dialects or None,
            shard=shard,
            fail_fast=fail_fast,
            quiet=quiet,
        )
        log = wanted.log(
            resume=resume and resume / LOG_NAME,
            warn=lambda said: stderr.print(said, style="magenta", markup=False, soft_wrap=True),
        )
        with wanted.kept_clean():
            with stderr.status(Text(safe(f"loading {', '.join(specs) or 'the built-in clients'}"))):
                given, left_out = coming()
            for line in left_out:
                stderr.print(line, style="magenta", markup=False)
            clients, named = list(given.values()), bool(specs)
            if baseline is not None or write_baseline is not None:
                from ssedrill.cli.baseline import KeptBaseline

                kept = KeptBaseline.ready(baseline, write_baseline, there, clients, sources)
                options = replace(options, excused=kept.may_be_known)
            campaign, traces = campaign_of(executor, given, stack, stderr), open_traces() if otel else None
            result = drill_all(
                found,
                clients,
                options,
                named=named,
                console=stderr,
                staff=staff,
                log=log,
                on_record=partial(add_now, traces) if traces is not None else lambda run: None,
                campaign=campaign,
            )
            unsent = traces.close() if traces is not None else ""
    result.file.price = price
    written, unwritten = kept.apply(result.file) if kept is not None else ("", {})
    missing = unwritten | wanted.write(result.file, log)
    console = stderr if wanted.to_stdout else out()
    print_report(console, result.file, sources, verbose=verbose, quiet=quiet)
    if annotation is not None:
        missing |= annotate_record(result.file, err=wanted.to_stdout)
    page = folder / FORMATS["html"].file_name if folder is not None else None
    tell_refusals(result, console)
    tell_places(written, page if page not in missing else None, here, stderr)
    tell_end(result, folder, here, stderr)
    incomplete = tell_missing(missing, stderr)
    if unsent:
        stderr.print(f"ssedrill: {unsent}", style="bold red", markup=False, soft_wrap=True)
        incomplete = EXIT_BAD_INPUT
    return result.exit_code if result.interrupted else incomplete or result.exit_code
