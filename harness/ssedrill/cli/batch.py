"""``ssedrill batch``: the far side of ``ssedrill run --executor``."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import TYPE_CHECKING

import click

from ssedrill.cli.exit_codes import EXIT_INTERRUPTED

if TYPE_CHECKING:
    from ssedrill.campaign.batch import Batch, SentScenario
    from ssedrill.drivers.driver import Client
    from ssedrill.model.scenario import Scenario
    from ssedrill.running.interrupt import Interrupt
    from ssedrill.running.supervisor.staff import Staff


@click.command("batch")
def command() -> int:
    """Make runs that another machine has planned.

    It is what `ssedrill run --executor` has started on other machines; nobody types it. A batch comes as one line of
    JSON on standard input, and the records of its runs go to standard output in the end. If standard input ends
    before that, so do the runs: whoever wanted them is gone.

    Exit code 0: the records are there, whatever they say; 2: this machine can't make these runs, and says why;
    130: nobody wants them any more.
    """
    from ssedrill.campaign.batch import Batch
    from ssedrill.cli.drill import known_to_be_able
    from ssedrill.cli.stdout import stdout_to_stderr
    from ssedrill.drivers.program.environment import PASSED
    from ssedrill.model.attempt_json import Plans
    from ssedrill.reporting.formats.to_json import run_to_json
    from ssedrill.running.interrupt import Interrupt
    from ssedrill.running.job import Job
    from ssedrill.running.jobs import run_jobs
    from ssedrill.running.supervisor.staff import Staff

    interrupt = Interrupt()
    batch = Batch.from_text(sys.stdin.buffer.readline().decode("utf-8", "replace"))
    threading.Thread(target=_watch_input, args=(interrupt,), daemon=True, name="input").start()
    if batch.passed:
        os.environ[PASSED] = batch.passed
    scenarios = [_scenario(sent) for sent in batch.scenarios]
    faults: dict[str, str] = {}
    with stdout_to_stderr(), Staff() as staff:
        client = _client(batch, staff)
        client = known_to_be_able(client, staff.probe(client).can)
        jobs = [Job(scenarios[run.scenario], client, run.dialect, run.seed, run.repeat) for run in batch.runs]
        places = {id(job): place for place, job in enumerate(jobs)}
        records = run_jobs(
            jobs,
            clock=batch.clock,
            on_fault=lambda job, what: faults.__setitem__(str(places[id(job)]), what),
            interrupt=interrupt,
            staff=staff,
        )
    if interrupt.fired:
        return EXIT_INTERRUPTED
    plans = Plans()
    runs = [run_to_json(record, plans) for record in records]
    click.echo(json.dumps({"runs": runs, "plans": plans.bodies, "faults": faults}, ensure_ascii=True))
    return 0


def _watch_input(interrupt: Interrupt) -> None:
    """Fire the interrupt when nobody holds the other end any more."""
    while os.read(0, 4096):  # past Python's own file, which must not be in use when this process ends
        pass
    interrupt.fire()


def _scenario(sent: SentScenario) -> Scenario:
    """Return a scenario that was sent. Raises BadScenario, and BadCampaign if it means something else here."""
    from ssedrill.campaign.bad_campaign import BadCampaign
    from ssedrill.campaign.batch import content_digest
    from ssedrill.loading.load import load_text

    scenario = load_text(sent.text, sent.source, sent.family)
    if content_digest(scenario) != sent.digest:
        right = "install the same faults, dialects and checks on both machines, and leave its file alone meanwhile"
        raise BadCampaign(f"{sent.source} means something else here than where it was sent: {right}")
    return scenario


def _client(batch: Batch, staff: Staff) -> Client:
    """Return the client of a batch. Raises BadSpec, and BadCampaign if it can't be run here as where it was sent."""
    from ssedrill.campaign.bad_campaign import BadCampaign
    from ssedrill.campaign.batch import EVERYWHERE, check_versions
    from ssedrill.clients.spec import parse_again

    sent = batch.client
    client = parse_again(sent.spec, sent.name, sent.secrets, staff.describe)
    found = staff.probe(client)
    if not found.available:
        raise BadCampaign(f"{client.name} can't be run here: {found.why}")
    of_client = {f"client {client.name}": found.version} if found.version else {}
    check_versions(batch.versions, {**EVERYWHERE, **of_client})
    return client
