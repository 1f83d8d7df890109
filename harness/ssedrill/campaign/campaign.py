"""Runs on other machines: in batches, by any executor, with the records that this machine would have made."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, TypeAlias

from ssedrill.campaign.bad_campaign import BadCampaign
from ssedrill.campaign.batch import EVERYWHERE, Batch, SentClient, SentRun, SentScenario, content_digest
from ssedrill.campaign.far_side import Answer, do_batch
from ssedrill.clock.choose import ClockWish
from ssedrill.drivers.program.environment import PASSED
from ssedrill.model.clean_text import safe
from ssedrill.model.codec import BadValue, decode
from ssedrill.model.record import Record
from ssedrill.model.scenario import Scenario
from ssedrill.reporting.formats.to_json import BadRecord, parsed, run_from_json
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.job import Job
from ssedrill.running.judged import not_run
from ssedrill_faults.plan import Plan

FEWEST, MOST, BATCHES = 100, 250, 8
"""Runs of a batch: so few that several workers have something to do and a lost one costs little, so many that what a
batch costs (Python, and the client's libraries) is little beside its runs."""
SIGNALS_S = 0.25
"""How often the waiting thread looks up, in seconds, so that Ctrl-C is heard."""
BAD_INPUT = 2
"""The exit code of a batch that can't be done there."""

Back: TypeAlias = tuple[dict[int, Record], dict[int, str]]
"""Records, and internal faults, by the numbers of their runs."""


@dataclass(frozen=True)
class Campaign:
    """Who makes runs elsewhere, and what was typed for each client, by its name."""

    executor: Executor
    specs: Mapping[str, str]

    def run(
        self,
        jobs: Sequence[Job],
        versions: Mapping[str, str],
        *,
        clock: ClockWish,
        on_start: Callable[[Job], None],
        on_done: Callable[[Job, Record], None],
        on_fault: Callable[[Job, str], None],
        interrupt: Interrupt,
    ) -> None:
        """Have the jobs done, in any order. The callbacks are called from the calling thread.

        ``versions`` are those of this machine, as records have them; each worker must have the same. Which runs are
        under way is not known here, so that ``on_start`` is never called.

        When the interrupt fires, what has not come back is cancelled. What came back as no record costs its runs:
        they are not tested, and ``on_fault`` is told. Raises BadCampaign if a worker can't do what it was sent: it
        has another version, lacks the client, or reads a scenario in another way.
        """
        news: queue.SimpleQueue[Future[Answer]] = queue.SimpleQueue()
        waiting: dict[Future[Answer], Batch] = {}
        folder = os.getcwd()
        try:
            for batch in batches_of(jobs, self.specs, versions, clock):
                future = self.executor.submit(do_batch, batch.to_text(), folder)
                waiting[future] = batch
                future.add_done_callback(news.put)
            while waiting:
                try:
                    future = news.get(timeout=0 if interrupt.fired else SIGNALS_S)
                except queue.Empty:
                    if interrupt.fired:
                        break
                    continue
                batch = waiting.pop(future)
                records, faults = _came_back(future, batch, jobs)
                for number, what in faults.items():
                    on_fault(jobs[number], what)
                for number, record in records.items():
                    on_done(jobs[number], record)
        finally:
            for future in waiting:
                future.cancel()


def batches_of(
    jobs: Sequence[Job], specs: Mapping[str, str], versions: Mapping[str, str], clock: ClockWish
) -> Iterator[Batch]:
    """Divide jobs into batches, each of one client, in the order of the jobs."""
    size = min(MOST, max(FEWEST, ceil(len(jobs) / BATCHES)))
    sent = {one.name: _sent(one) for one in {job.scenario.name: job.scenario for job in jobs}.values()}
    by_client: dict[str, list[int]] = {}
    for number, job in enumerate(jobs):
        by_client.setdefault(job.client.name, []).append(number)
    for name, numbers in by_client.items():
        known = {which: versions[which] for which in (*EVERYWHERE, f"client {name}") if which in versions}
        client = SentClient(name, specs[name], jobs[numbers[0]].client.secrets)
        for start in range(0, len(numbers), size):
            part = numbers[start : start + size]
            names = list(dict.fromkeys(jobs[number].scenario.name for number in part))
            yield Batch(
                versions=known,
                client=client,
                clock=clock,
                passed=os.environ.get(PASSED, ""),
                scenarios=tuple(sent[one] for one in names),
                runs=tuple(
                    SentRun(number, names.index(job.scenario.name), job.dialect, job.seed, job.repeat)
                    for number, job in ((number, jobs[number]) for number in part)
                ),
            )


def _sent(scenario: Scenario) -> SentScenario:
    try:
        text = Path(scenario.source).read_text("utf-8")
    except OSError as error:
        raise BadCampaign(f"{scenario.source} can't be read any more: {error.strerror}") from None
    return SentScenario(scenario.family, scenario.source, text, content_digest(scenario))


def _came_back(future: Future[Answer], batch: Batch, jobs: Sequence[Job]) -> Back:
    """Return the record of each run of a batch, and what no client can have done of what went wrong."""
    try:
        answer = Answer(*future.result())
        if answer.code == BAD_INPUT:
            raise BadCampaign("\n".join(f"on {answer.host}: {line}" for line in _said(answer)))
        if answer.code:
            said = " ".join(_said(answer)[-3:])
            raise BadValue(f"ssedrill batch {_how_it_ended(answer.code)}: {said}", f"on {answer.host}")
        return _read(answer, batch, jobs)
    except (BadValue, BadRecord) as error:
        why = str(error)
    except CancelledError:
        why = "the executor has cancelled it, and nobody here has asked for that"
    except BadCampaign:
        raise
    except Exception as error:  # the executor's own: workers that were lost too often, or code that it can't load
        if any(isinstance(one, ImportError) for one in (error, error.__cause__)):
            right = "install ssedrill where the scheduler and its workers are"
            raise BadCampaign(f"the executor can't load what it is to do ({error}): {right}") from None
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
    why = f"a batch of {len(batch.runs)} runs was lost: {safe(why)}"
    lost = {run.number: not_run(jobs[run.number], f"internal fault: {why}") for run in batch.runs}
    return lost, {batch.runs[0].number: why}


def _read(answer: Answer, batch: Batch, jobs: Sequence[Job]) -> Back:
    body = decode(dict[str, Any], parsed(answer.runs), "")
    plans = decode(dict[str, Plan], body.get("plans"), "plans")
    records: dict[int, Record] = {}
    runs = decode(list[Any], body.get("runs"), "runs")
    if len(runs) != len(batch.runs):
        raise BadValue(f"{len(runs)} of {len(batch.runs)} came back", "runs")
    for place, (asked, run) in enumerate(zip(batch.runs, runs, strict=True)):
        record = run_from_json(run, plans, f"runs[{place}]")
        if _which(record) != _of(jobs[asked.number]):
            raise BadValue("it is another than was asked for", f"runs[{place}]")
        records[asked.number] = record
    faults = decode(dict[str, str], body.get("faults"), "faults")
    return records, {run.number: faults[key] for place, run in enumerate(batch.runs) if (key := str(place)) in faults}


def _which(record: Record) -> tuple[str, str, str, int, int]:
    return record.scenario, record.client, record.dialect, record.seed, record.repeat


def _of(job: Job) -> tuple[str, str, str, int, int]:
    return job.scenario.name, job.client.name, job.dialect, job.seed, job.repeat


def _said(answer: Answer) -> list[str]:
    return [safe(line.removeprefix("ssedrill: ")) for line in answer.said.splitlines() if line] or ["it said nothing"]


def _how_it_ended(code: int) -> str:
    return f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
