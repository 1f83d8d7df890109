"""No planned run gets lost: each has a record, or there is an error, or somebody interrupted."""

from __future__ import annotations

import asyncio

import pytest
from click.testing import CliRunner

from ssedrill.cli.drill import Result
from ssedrill.cli.main import cli
from ssedrill.clients.spec import parse_spec
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.choose import find
from ssedrill.model.record import RecordFile, Verdict
from ssedrill.reporting.formats import to_json
from ssedrill.running import jobs
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job
from ssedrill.running.jobs import plan_jobs, run_jobs
from ssedrill.running.judged import not_run, record_of
from ssedrill.running.one_run import see
from ssedrill.running.seen import Seen
from ssedrill.running.supervisor.staff import MOST_IDLE, HarnessFault, Staff


def nothing(target):
    """Shows nothing."""


def planned():
    """Return one job."""
    return [Job(find(["healthy"])[0], Client("nothing", InProcess(nothing), ("eventsource",)), "eventsource")]


def test_a_cancellation_by_nobody_is_an_error(monkeypatch) -> None:
    """A run that is cancelled although nobody interrupted is never left out in silence."""

    def cancelled(job, **options):
        raise asyncio.CancelledError

    monkeypatch.setattr(jobs, "drill", cancelled)
    with pytest.raises(RuntimeError, match="cancelled by nobody"):
        jobs.run_jobs(planned())


def test_an_interrupted_run_has_no_record(monkeypatch) -> None:
    """The same after an interrupt is how a run ends, and what was done before is returned."""
    interrupt = Interrupt()

    def interrupted(job, **options):
        interrupt.fire()
        raise asyncio.CancelledError

    monkeypatch.setattr(jobs, "drill", interrupted)
    assert jobs.run_jobs(planned(), interrupt=interrupt) == []


def broken_worker(monkeypatch) -> list[Job]:
    """Return two jobs of a program, and have the worker of the first go wrong."""
    client = parse_spec("raw:true")
    jobs = plan_jobs(find(["healthy"]), [client], dialects=["eventsource"], repeat=2)
    found = see(jobs[1], clock="real")
    assert isinstance(found, Seen)

    def drilled(staff, job, clock, interrupt):
        if job.repeat == 0:
            raise HarnessFault(not_run(job, "internal fault: by design"), "by design")
        return record_of(job, found)

    monkeypatch.setattr(Staff, "drill", drilled)
    return jobs


def test_a_fault_in_a_worker_costs_its_run_alone(monkeypatch) -> None:
    """The others are done, the record says that the run proves nothing, and whoever asks is told."""
    told: list[str] = []
    records = run_jobs(broken_worker(monkeypatch), on_fault=lambda job, what: told.append(what))
    assert [record.verdict for record in records] == [Verdict.NOT_TESTED] * 2
    assert "internal fault: by design" in records[0].summary
    assert told == ["by design"]


def test_a_fault_in_a_worker_of_which_nobody_is_told_comes_out(monkeypatch) -> None:
    """It is never passed over in silence."""
    with pytest.raises(RuntimeError, match="by design"):
        run_jobs(broken_worker(monkeypatch))


def test_a_fault_in_a_worker_is_exit_code_3_with_everything_written(monkeypatch, tmp_path) -> None:
    """What was done is in the file."""
    broken_worker(monkeypatch)
    words = ["run", "healthy", "--client", "raw:true", "--dialect", "eventsource", "--repeat", "2"]
    result = CliRunner().invoke(cli, [*words, "--json", str(tmp_path / "r.json")])
    assert result.exit_code == 3
    assert "internal fault in healthy" in result.stderr
    assert len(to_json.read(tmp_path / "r.json").runs) == 2


def test_a_run_without_a_record_is_never_exit_code_0() -> None:
    """Whatever went wrong so that it is missing."""
    record = not_run(planned()[0], "said")
    record.verdict = Verdict.PASS
    one, two = (RecordFile({}, [record], planned=planned) for planned in (1, 2))
    assert Result(one, interrupted=False, untouched=(), refusals=()).exit_code == 0
    assert Result(two, interrupted=False, untouched=(), refusals=()).exit_code == 3
    assert Result(two, interrupted=True, untouched=(), refusals=()).exit_code == 130


def test_many_clients_are_done_one_after_the_other(monkeypatch) -> None:
    """With more clients than workers are kept, none loses its worker to the others between two of its runs."""
    clients = [parse_spec(f"raw:echo {number}") for number in range(MOST_IDLE + 1)]
    jobs = plan_jobs(find(["healthy"]), clients, dialects=["eventsource"], repeat=1) * 2
    order: list[str] = []
    monkeypatch.setattr(Staff, "drill", lambda staff, job, clock, interrupt: not_run(job, "said"))
    records = run_jobs(jobs, on_start=lambda job: order.append(job.client.name))
    assert order == sorted(order, key=order.index)
    assert [record.client for record in records] == [job.client.name for job in jobs]


def test_a_system_that_can_have_no_workers(monkeypatch) -> None:
    """Its clients run in the process of the command, as functions of the caller's do everywhere."""
    monkeypatch.setattr("ssedrill.running.supervisor.births.POSSIBLE", False)
    monkeypatch.setattr("ssedrill.running.supervisor.births.NURSERY.bear", None)
    words = ["run", "healthy", "--dialect", "eventsource", "--client", "broken_clients.honest:resumes"]
    result = CliRunner().invoke(cli, [*words, "--client", "reference"])
    assert result.exit_code == 0, result.output
