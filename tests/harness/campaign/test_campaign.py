"""What comes back from other machines is a record of just the run that was asked for, or it is told as a fault."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from ssedrill.campaign import campaign as module
from ssedrill.campaign import executors
from ssedrill.campaign.bad_campaign import BadCampaign
from ssedrill.campaign.batch import EVERYWHERE
from ssedrill.campaign.campaign import Campaign, batches_of
from ssedrill.campaign.far_side import Answer
from ssedrill.cli.main import cli
from ssedrill.clients import CLIENTS
from ssedrill.loading.choose import find
from ssedrill.model.attempt_json import Plans
from ssedrill.model.record import Record, Verdict
from ssedrill.reporting.formats import to_json
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job
from ssedrill.running.jobs import plan_jobs
from ssedrill.running.judged import not_run

SPECS = {"curl": "curl"}
JOBS = plan_jobs(find(["healthy"]), [CLIENTS["curl"]], dialects=["eventsource"], repeat=3)
VERSIONS = {**EVERYWHERE, "platform": "here"}


class AtOnce(Executor):
    """Does what is submitted at once, with what it is given in place of the function; None does the function."""

    def __init__(self, answer: Callable[[str], Answer] | None = None) -> None:
        self._answer = answer

    def submit(self, fn, /, *args, **kwargs):
        """Return what is done already."""
        done: Future = Future()
        try:
            done.set_result(self._answer(args[0]) if self._answer else fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


def answer(jobs: list[Job] = JOBS, code: int = 0, said: str = "", **more: object) -> Answer:
    """Return what a worker says of these runs."""
    plans = Plans()
    runs = [to_json.run_to_json(not_run(job, "made up"), plans) for job in jobs]
    return Answer("far", code, json.dumps({"runs": runs, "plans": plans.bodies, "faults": {}, **more}), said)


def came_of(made: Callable[[str], Answer]) -> tuple[list[Record], list[str]]:
    """Return the records of the jobs, and the faults that were told."""
    records: dict[int, Record] = {}
    faults: list[str] = []
    Campaign(AtOnce(made), SPECS).run(
        JOBS,
        VERSIONS,
        clock="auto",
        on_start=lambda job: None,
        on_done=lambda job, record: records.__setitem__(job.repeat, record),
        on_fault=lambda job, what: faults.append(what),
        interrupt=Interrupt(),
    )
    return [records[job.repeat] for job in JOBS], faults


def test_records_that_were_asked_for_are_taken() -> None:
    """Each is given to its job, and so is what went wrong with one of them."""
    records, faults = came_of(lambda batch: answer(faults={"1": "by design"}))
    assert [record.summary for record in records] == ["proves nothing: made up"] * 3
    assert faults == ["by design"]


def killed_for_good(batch: str) -> Answer:
    """Raise what an executor raises for its own reasons."""
    raise RuntimeError("tried\non 4 workers")


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda batch: answer(code=-9), "ended by signal 9: it said nothing"),
        (
            lambda batch: answer(code=3, said="ssedrill: internal fault at x.py:1: \x1b[2J"),
            "internal fault at x.py:1",
        ),
        (lambda batch: answer()._replace(runs=""), "not JSON"),
        (lambda batch: answer(JOBS[:2]), "2 of 3 came back"),
        (lambda batch: answer([*JOBS[:2], JOBS[0]]), "another than was asked for"),
        (killed_for_good, "RuntimeError: tried on 4 workers"),
    ],
)
def test_what_is_no_record_is_a_fault_and_no_pass(made: Callable[[str], Answer], why: str) -> None:
    """A batch without a word, or with a wrong one, costs its runs: they are not tested, and one fault is told."""
    records, faults = came_of(made)
    assert [record.verdict for record in records] == [Verdict.NOT_TESTED] * 3
    assert len(faults) == 1
    assert why in faults[0]
    assert why in records[0].summary
    assert "\x1b" not in faults[0] + records[0].summary


def no_such_module(batch: str) -> Answer:
    """Raise what a worker raises that lacks the package."""
    raise ModuleNotFoundError("No module named 'ssedrill'")


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda batch: answer(code=2, said="ssedrill: no such thing: get it"), "^on far: no such thing: get it$"),
        (no_such_module, "install ssedrill where the scheduler and its workers are"),
    ],
)
def test_what_a_worker_can_not_do_is_one_error(made: Callable[[str], Answer], why: str) -> None:
    """It says where, and what would be right."""
    with pytest.raises(BadCampaign, match=why):
        came_of(made)


def sent(change: Callable[[dict], object] = lambda body: None) -> str:
    """Return a batch as it travels, changed on the way."""
    (batch,) = batches_of(JOBS, SPECS, VERSIONS, "auto")
    body = json.loads(batch.to_text())
    change(body)
    return json.dumps(body) + "\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (sent(lambda body: body["versions"].update(ssedrill="0.0.9")), "ssedrill is 0.1.0 here and 0.0.9 there"),
        (sent(lambda body: body["versions"].update(python="2.7")), "and 2.7 there: install the same"),
        (sent(lambda body: body["versions"].update({"client curl": "0"})), "here and 0 there: install the same"),
        (sent(lambda body: body["scenarios"][0].update(digest="0")), "healthy.toml means something else here"),
        (sent(lambda body: body["client"].update(spec="curly")), "there is no client 'curly'"),
        (sent(lambda body: body["client"].update(name="other")), "other is called curl here"),
        (sent(lambda body: body["runs"][0].update(scenario=7)), "names none of the batch's scenarios"),
        (sent(lambda body: body.pop("clock")), "clock"),
        ("{", "standard input holds no batch"),
        ("[1]\n", "standard input holds no batch"),
    ],
)
def test_a_batch_that_can_not_be_made_here_is_refused(line: str, why: str) -> None:
    """One clear error, and exit code 2."""
    done = CliRunner().invoke(cli, ["batch"], input=line)
    assert (done.exit_code, done.stdout) == (2, "")
    assert why in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("dusk://there:1", "is no executor: write local or dask://HOST:PORT"),
        ("dask://there", "is no executor"),
        ("dask://there:70000", "is no executor"),
        ("dask://127.0.0.1:1", "no scheduler of Dask answers at 127.0.0.1:1"),
    ],
)
def test_an_executor_that_is_none(address: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear error, soon, and exit code 2."""
    monkeypatch.setattr(executors, "CONNECT_S", 0.2)
    done = CliRunner().invoke(cli, ["run", "healthy", "-c", "curl", "--executor", address])
    assert done.exit_code == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr


class CutShort(AtOnce):
    """Does the first batch; the second one waits, and Ctrl-C comes with the third."""

    def __init__(self) -> None:
        super().__init__()
        self.futures: list[Future] = []

    def submit(self, fn, /, *args, **kwargs):
        """Return a future."""
        self.futures.append(Future() if self.futures else super().submit(fn, *args, **kwargs))
        if len(self.futures) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return self.futures[-1]


def test_an_interrupted_campaign_keeps_what_is_done_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C cancels what waits and writes what came back; --resume does the others; all is as on one machine."""
    cut = CutShort()
    doing = [cut, AtOnce()]

    @contextmanager
    def instead(scheduler, tell):
        yield doing.pop(0)

    monkeypatch.setattr(executors, "dask_executor", instead)
    monkeypatch.setattr(module, "FEWEST", 1)
    what = ["run", "healthy", "-c", "mine=reference", "--dialect", "eventsource", "--repeat", "3"]
    there = [*what, "--executor", "dask://there:1", "--report", str(tmp_path / "there")]
    first = CliRunner().invoke(cli, there)
    assert first.exit_code == 130, first.output
    assert [future.cancelled() for future in cut.futures] == [False, True, True]
    assert len(to_json.read(tmp_path / "there" / "record.json").runs) == 1
    assert CliRunner().invoke(cli, [*there, "--resume", str(tmp_path / "there")]).exit_code == 0
    CliRunner().invoke(cli, [*what, "--report", str(tmp_path / "here")])
    here, far = (to_json.read(tmp_path / name / "record.json") for name in ("here", "there"))
    assert list(map(to_json.fingerprint, far.runs)) == list(map(to_json.fingerprint, here.runs))
    assert len(far.runs) == 3
    assert replace(far, meta={}, runs=[]) == replace(here, meta={}, runs=[])
    assert far.meta["command"] == here.meta["command"]
