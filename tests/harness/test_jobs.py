"""No planned run gets lost: each has a record, or there is an error, or somebody interrupted."""

from __future__ import annotations

import asyncio

import pytest

from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.load import find
from ssedrill.running import jobs
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.one_run import Job


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
