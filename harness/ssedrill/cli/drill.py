"""What ``ssedrill run`` does between reading its arguments and printing: progress, interruption, absent clients."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.text import Text

from ssedrill import __version__
from ssedrill.cli.again import as_given
from ssedrill.cli.ctrl_c import ctrl_c
from ssedrill.cli.exit_codes import EXIT_BAD_DRILL, EXIT_INTERNAL, EXIT_INTERRUPTED
from ssedrill.clock.choose import ClockWish
from ssedrill.drivers.driver import Availability, Client
from ssedrill.model.clean_text import safe
from ssedrill.model.record import Record, RecordFile, Verdict
from ssedrill.model.scenario import Scenario
from ssedrill.reporting.merging import SHARD
from ssedrill.reporting.run_log import Head, RunLog, digest
from ssedrill.reporting.views.progress import display
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job
from ssedrill.running.jobs import plan_jobs, run_jobs
from ssedrill.running.judged import not_run
from ssedrill.running.repeats import repeats_of
from ssedrill.running.shard import Shard
from ssedrill.running.supervisor.staff import Staff

if TYPE_CHECKING:
    from ssedrill.campaign.campaign import Campaign


@dataclass(frozen=True)
class Options:
    """How to run: the clock, repeats and their first seed, runs at a time, and the dialects if not all.

    ``shard``: which part of the runs, if not all. ``fail_fast``: end with the first run that is bad and not
    ``excused``. ``quiet``: show no progress.
    """

    clock: ClockWish = "auto"
    repeat: int = 1
    seed: int = 0
    jobs: int = 1
    dialects: tuple[str, ...] | None = None
    shard: Shard | None = None
    fail_fast: bool = False
    excused: Callable[[Record], bool] = lambda run: False
    quiet: bool = False


@dataclass(frozen=True)
class Result:
    """What came of it."""

    file: RecordFile
    interrupted: bool
    untouched: tuple[str, ...]  # clients that were named and have nothing in common with any scenario
    refusals: tuple[str, ...]  # a sentence on each client that said of every run that it does not support it
    faults: tuple[str, ...] = ()  # what went wrong in workers that no client can have done
    failed_fast: bool = False  # a bad run has ended it, as was asked for

    @property
    def exit_code(self) -> int:
        """0 if everything was as it must be and every planned run has its record."""
        if self.interrupted:
            return EXIT_INTERRUPTED
        if self.failed_fast and not self.faults:
            return EXIT_BAD_DRILL
        if self.faults or len(self.file.runs) != self.file.planned:
            return EXIT_INTERNAL
        return EXIT_BAD_DRILL if self.file.went_wrong or self.untouched or self.refusals else 0


def drill_all(
    scenarios: Sequence[Scenario],
    clients: Sequence[Client],
    options: Options,
    *,
    named: bool,
    console: Console,
    staff: Staff,
    log: RunLog,
    on_record: Callable[[Record], None] = lambda run: None,
    campaign: Campaign | None = None,
) -> Result:
    """Have everything run by ``staff`` and return the records, in order; progress and warnings go to ``console``.

    If there is a ``campaign``, it has the runs made on other machines, and the staff asks after the clients alone.

    ``log`` is told of each run as soon as it is done, and may know some that need not be done again; ``on_record`` is
    told as well.

    A client that was ``named`` and can't be run here gets a record that says so for each of its drills. Ctrl-C ends
    the runs under way and keeps what was done. Raises click.UsageError if there is nothing to run at all.
    """
    began, started = time.perf_counter(), datetime.now(UTC)
    jobs = plan_jobs(scenarios, clients, seed=options.seed, repeat=options.repeat, dialects=options.dialects)
    if not jobs:
        raise click.UsageError("nothing to run: no scenario is in a dialect that the clients speak")
    touched = {job.client.name for job in jobs}
    untouched = tuple(client.name for client in clients if named and client.name not in touched)
    planned, jobs = jobs, options.shard.of(jobs) if options.shard is not None else jobs
    for name in untouched:
        console.print(f"NOT TESTED: {name} speaks none of the dialects here", style="bold magenta", markup=False)
    loading = Text(safe(f"loading {', '.join(client.name for client in clients if client.name in touched)}"))
    with console.status(loading):  # on a terminal only: an SDK takes its second
        probed = {client.name: staff.probe(client) for client in clients if client.name in touched}
    for why, names in absent_by_reason(probed).items():
        console.print(f"NOT TESTED: {names} can't be run here: {why}", style="bold magenta", markup=False)
    jobs = [replace(job, client=known_to_be_able(job.client, probed[job.client.name].can)) for job in jobs]
    versions = _versions(probed)
    known = log.begin(_head(jobs, options, versions))
    for index, job in enumerate(jobs):
        if not probed[job.client.name].available:
            known[index] = _absent(job, probed[job.client.name])
    todo = {index: job for index, job in enumerate(jobs) if index not in known}
    here = partial(run_jobs, workers=options.jobs, staff=staff)

    def keep(index: int, record: Record) -> None:
        log.add(index, record)
        on_record(record)

    done = _run(todo, options, console, keep, here if campaign is None else partial(campaign.run, versions=versions))
    drilled = {job.scenario.name for job in jobs}
    runs = [record for _, record in sorted((known | done.records).items())]
    by_client: dict[str, list[Record]] = {client.name: [] for client in clients}
    for run in runs:
        by_client.setdefault(run.client, []).append(run)
    refused = ((client, by_client[client.name]) for client in clients)
    return Result(
        RecordFile(
            versions=versions,
            runs=runs,
            planned=len(jobs),
            repeats=repeats_of(jobs, runs),
            meta={
                "wall_clock_started": started.isoformat(timespec="seconds"),
                "wall_clock_s": round(time.perf_counter() - began, 3),
                **as_given(clients),
                **({SHARD: _shard(options.shard, _head(planned, options, versions))} if options.shard else {}),
            },
            scenarios=[one.facts for one in scenarios if one.name in drilled],
        ),
        interrupted=done.interrupted,
        untouched=untouched,
        # A shard may have by chance only what a client does not support.
        refusals=tuple(
            _refusal(client, said) for client, said in refused if options.shard is None and _all_unsupported(said)
        ),
        faults=done.faults,
        failed_fast=done.failed_fast,
    )


def absent_by_reason(probed: Mapping[str, Availability]) -> dict[str, str]:
    """Return why clients can't be run here, with the names of those of which it is true."""
    found: dict[str, list[str]] = {}
    for name, one in probed.items():
        if not one.available:
            found.setdefault(one.why, []).append(name)
    return {why: ", ".join(names) for why, names in found.items()}


@dataclass(frozen=True)
class _Done:
    """What came of the jobs that were to be done, by their places in the plan."""

    records: dict[int, Record]
    faults: tuple[str, ...]
    interrupted: bool
    failed_fast: bool


def _run(
    todo: Mapping[int, Job],
    options: Options,
    console: Console,
    keep: Callable[[int, Record], None],
    run: Callable[..., object],
) -> _Done:
    """Do these jobs, which are known by their places in the plan."""
    places = {_key(job): index for index, job in todo.items()}
    records: dict[int, Record] = {}
    faults: list[str] = []
    interrupt, failed = Interrupt(), False
    shows = display(console, len(todo), plain=bool(os.environ.get("CI")), quiet=options.quiet)
    with shows as shown, ctrl_c(interrupt):

        def on_done(job: Job, record: Record) -> None:
            nonlocal failed
            index = places[_key(job)]
            records[index] = record
            keep(index, record)
            shown.done(_name(job, options), record)
            if options.fail_fast and record.verdict.bad and not (interrupt.fired or options.excused(record)):
                failed = True
                interrupt.fire()

        try:
            run(
                list(todo.values()),
                clock=options.clock,
                on_start=lambda job: shown.started(_name(job, options)),
                on_done=on_done,
                on_fault=lambda job, what: faults.append(f"{_name(job, options)}: {what}"),
                interrupt=interrupt,
            )
        except KeyboardInterrupt:  # the second one: don't wait even for the runs to be abandoned
            interrupt.fired = True
    return _Done(records, tuple(faults), interrupt.fired and not failed, failed)


def known_to_be_able(client: Client, said: tuple[str, ...] | None) -> Client:
    """Return a client with what it was heard to say that it can: what it can't is then known before a run."""
    return client if said is None else replace(client, can=client.can | frozenset(said), can_more=False)


def _key(job: Job) -> tuple[str, ...]:
    return job.scenario.name, job.client.name, job.dialect, str(job.repeat)


def _head(jobs: Sequence[Job], options: Options, versions: dict[str, str]) -> Head:
    return Head(
        clock=options.clock,
        seed=options.seed,
        repeat=options.repeat,
        dialects=options.dialects or (),
        clients=tuple(dict.fromkeys(job.client.name for job in jobs)),
        scenarios={job.scenario.name: digest(job.scenario) for job in jobs},
        versions=versions,
        planned=len(jobs),
        shard=str(options.shard or ""),
        told=tuple({job.scenario.name: job.scenario.facts for job in jobs}.values()),
    )


def _shard(shard: Shard, head: Head) -> dict[str, Any]:
    """Return what a record's ``meta`` says of its shard: shards of one plan have the same ``plan``."""
    versions = {name: version for name, version in head.versions.items() if name != "platform"}
    return {"number": shard.number, "count": shard.count, "plan": digest(replace(head, shard="", versions=versions))}


def _name(job: Job, options: Options) -> str:
    turn = f" #{job.repeat + 1}" if options.repeat > 1 else ""
    return f"{job.scenario.name} × {job.client.name} ({job.dialect}){turn}"


def _absent(job: Job, found: Availability) -> Record:
    """Return the record of a run that could not be made, which is never a pass."""
    return not_run(job, f"the client can't be run here: {found.why}")


def _all_unsupported(runs: Sequence[Record]) -> bool:
    return bool(runs) and all(run.verdict is Verdict.UNSUPPORTED for run in runs)


def _refusal(client: Client, runs: Sequence[Record]) -> str:
    """Say that a client proved nothing, and what may be wrong with it."""
    nothing = f"{safe(client.name)} said of every drill that it does not support it; nothing was tested"
    doubt = client.driver.doubt_if_unsupported
    right = f": {doubt}" if doubt else ""
    last = next((said for run in runs if (said := _last_words(run))), "")
    if not last:
        return nothing + right
    return f"{nothing}{right}{' it printed' if right else ''}: {safe(last)}"


def _last_words(run: Record) -> str:
    """Return the last line that a client printed, or else the reason that a client gave."""
    given = (entry.text for entry in run.tokens.entries if entry.kind == "unsupported")
    return run.last_words or next(given, "")


def _versions(probed: dict[str, Availability]) -> dict[str, str]:
    clients = {f"client {name}": found.version for name, found in probed.items() if found.version}
    return own_versions() | clients


def own_versions() -> dict[str, str]:
    """Return the versions of all that takes part in a run besides clients, by their names in a record."""
    return {"ssedrill": __version__, "python": platform.python_version(), "platform": platform.platform()}
