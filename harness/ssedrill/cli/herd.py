"""``ssedrill herd``: many calls at once, and how they come back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssedrill.cli import completion
from ssedrill.cli.config import configured
from ssedrill.cli.console import err, out
from ssedrill.cli.parameters import DIALECT, Place
from ssedrill.model.most_calls import MOST_CALLS

if TYPE_CHECKING:
    from ssedrill.clock.choose import ClockWish
    from ssedrill.model.scenario import Scenario

# As in `run`: what runs anything is imported when something is run.


@click.command("herd")
@click.argument("scenario", metavar="SCENARIO|FILE", shell_complete=completion.scenarios)
@click.option("--clients", "count", type=click.IntRange(2, MOST_CALLS), default=1000, show_default=True, metavar="N",
              help="How many calls begin at once, over one session of the client.")  # fmt: skip
@click.option("--client", "-c", "specs", multiple=True, required=True, metavar="NAME|SPEC",
              shell_complete=completion.clients,
              help="A client that can make several calls; may be repeated.")  # fmt: skip
@click.option("--clock", type=click.Choice(["auto", "virtual", "real"]), default="auto", show_default=True,
              help="Virtual time skips all waiting; auto uses it if the client allows it.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, metavar="N", help="Seed of all that is left to chance.")
@click.option("--dialect", "dialects", multiple=True, type=DIALECT, help="Only this dialect.")
@click.option("--json", "json_file", type=Place(), metavar="FILE",
              help="Write the whole record; - for standard output.")  # fmt: skip
@click.option("--report", "folder", type=Place(), metavar="DIR", help="Write the report, with the plot, into DIR.")
def command(
    scenario: str,
    count: int,
    specs: tuple[str, ...],
    clock: ClockWish,
    seed: int,
    dialects: tuple[str, ...],
    json_file: Path | None,
    folder: Path | None,
) -> int:
    """Run one scenario with many calls at once, and show how they come back.

    \b
    Examples:
      ssedrill herd synchronised-retry-after -c openai
      ssedrill herd overloaded-529-twice -c my_app.py:session --clients 500 --report herd

    The scenario is as it is for one call; each of the calls meets it, and is judged, by itself. Exit codes are those
    of ssedrill run.
    """
    from ssedrill.cli.drill import Options, drill_all
    from ssedrill.cli.written_files import Wanted, tell_missing
    from ssedrill.clients.spec import parse_specs
    from ssedrill.loading.choose import find
    from ssedrill.reporting.views.arrivals import arrivals_of, as_text
    from ssedrill.reporting.views.terminal import print_report
    from ssedrill.running.supervisor.staff import Staff

    [found, *more] = find([scenario])
    if more:
        raise click.UsageError(f"{scenario} is more than one scenario: name one of them")
    wanted = Wanted.ready(json_file, folder)
    stderr = err()
    log = wanted.log(resume=None, warn=lambda said: None)
    options = Options(clock=clock, seed=seed, dialects=dialects or None)
    with wanted.kept_clean(), Staff() as staff:
        clients = list(parse_specs(configured().specs(specs), staff.describe).values())
        herd = herd_of(found, count)
        result = drill_all([herd], clients, options, named=True, console=stderr, staff=staff, log=log)
    missing = wanted.write(result.file, log)
    console = stderr if wanted.to_stdout else out()
    print_report(console, result.file, {}, verbose=False)
    for run in result.file.runs:
        if (arrivals := arrivals_of(run)) is not None:
            console.print(f"\n{run.client} ({run.dialect})", style="bold", markup=False)
            for line in as_text(arrivals):
                console.print(line, markup=False, highlight=False)
    return tell_missing(missing, stderr) or result.exit_code


def herd_of(scenario: Scenario, count: int) -> Scenario:
    """Return a scenario with so many calls at once in place of one.

    Raises click.UsageError if it has several, and BadScenario if it has a door that is for one call at a time.
    """
    from ssedrill.loading.attempts import check_doors
    from ssedrill.loading.problems import Report
    from ssedrill.model.scenario import CallGroup

    if scenario.call_count > 1 and len(scenario.calls) > 1:
        raise click.UsageError(f"{scenario.name} has groups of calls of its own: run it, or name another")
    group = scenario.calls[0] if scenario.calls else CallGroup()
    herd, report = replace(scenario, calls=(replace(group, count=count),)), Report(scenario.source)
    check_doors(herd, report)
    report.raise_if_any()
    return herd
