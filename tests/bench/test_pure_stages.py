"""How fast the pure stages are: request to plan, and journals to record."""

from __future__ import annotations

import json
import time
import timeit
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from statistics import median

import pytest

from bench.limits import Limits
from bench.streams import Kind, events, plain
from bench.tables import Table, ratio
from ssedrill.dialects import DIALECTS, find_dialect
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.model.record import Outcome, Record, Severity
from ssedrill.model.scenario import Attempt, Comparison, Expectation, Scenario
from ssedrill.planning.compile import compile_plan
from ssedrill.planning.sample_requests import fresh_request
from ssedrill.running.job import Job
from ssedrill.running.judged import assess
from ssedrill_faults.wire.reset import ResetFault
from support.records import duplicated, passed

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

TOKENS = 40
ROUNDS, TIMES = 15, 20
AS_JSON = {"compile": 25, "assess": 35}
"""A stage takes at most so many times what it takes to write the answer's events as JSON and to read them again."""
WRITTEN = [event.data for event in events(Kind(TOKENS).plan)]


@pytest.fixture(scope="module")
def rows(publish: Callable[[Table], None]) -> Iterator[list[tuple[str, ...]]]:
    """Return where results go, and make a table of them in the end."""
    found: list[tuple[str, ...]] = []
    yield found
    publish(
        Table(
            "Pure stages",
            f"Answers of {TOKENS} tokens, in processor time. The ratio is to writing the events of one as "
            f"JSON and reading them again; median (min..max) of {ROUNDS} interleaved rounds of {TIMES}.",
            ("stage", "a second", "one takes", "ratio"),
            tuple(found),
        )
    )


def as_json() -> None:
    """Write the events of an answer as JSON and read them again."""
    json.loads(json.dumps(WRITTEN))


def processor_s(work: Callable[[], object]) -> float:
    """Return the processor time that this takes TIMES times."""
    return timeit.timeit(work, number=TIMES, timer=time.thread_time)


def measured(name: str, stage: Callable[[], object], rows: list[tuple[str, ...]], limits: Limits) -> None:
    """Measure a stage, make a line of the table of it, and hold it to its limit."""
    pairs = [(processor_s(stage), processor_s(as_json)) for _ in range(ROUNDS)]
    took = median(one for one, _ in pairs) / TIMES
    ratios = [one / beside for one, beside in pairs]
    rows.append((name, f"{1 / took:,.0f}", f"{took * 1e6:,.0f} us", ratio(ratios)))
    limits.at_most(name, ratios, AS_JSON[name.split()[0]])


def drilled(dialect_name: str) -> Scenario:
    """Return a scenario with a fault, and with an expectation of each severity."""
    attempts = (Attempt((ResetFault(after_token=12),)), Attempt())
    expectations = (
        Expectation("outcome", Severity.MUST, (Outcome.RECOVERED, Outcome.FAILED_LOUDLY)),
        Expectation("requests", Severity.MUST, Comparison("<=", 4, "<= 4")),
        Expectation("recovery", Severity.SHOULD, Comparison("<=", 2, "<= 2 s")),
    )
    return replace(plain(Kind(TOKENS), dialect_name), attempts=attempts, expectations=expectations)


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("attempt", [2, 1], ids=["healthy", "reset"])
def test_compile(name: str, attempt: int, rows: list[tuple[str, ...]], limits: Limits) -> None:
    """A request is turned into a plan while its client waits: that must not show in the client's times."""
    spoken = find_dialect(name)
    stage = partial(compile_plan, drilled(name), spoken, 0, attempt, fresh_request(spoken), "a")
    ask, plan = stage()
    assert (ask.kind, plan.faults) == ("stream", () if attempt == 2 else ("reset",))
    measured(f"compile a plan, {name}, {'healthy' if attempt == 2 else 'with a reset'}", stage, rows, limits)


@pytest.mark.parametrize(
    ("record", "outcome"), [(passed(), Outcome.CLEAN), (duplicated(), Outcome.DUPLICATED)], ids=["clean", "twice"]
)
def test_assess(record: Record, outcome: Outcome, rows: list[tuple[str, ...]], limits: Limits) -> None:
    """Ledger, measures, checks and the sentence about a run take less than the shortest virtual run."""
    scenario = drilled(record.dialect) if record.numbers.retries else plain(Kind(TOKENS), record.dialect)
    job = Job(scenario, Client("bench", InProcess("none:none"), (record.dialect,)), record.dialect)

    # The hand-made plans serve generation "a" without saying so.
    for attempt in record.wire.attempts:
        attempt.plan = replace(attempt.plan, generation="a")
    stage = partial(assess, job, record.wire, record.tokens, record.numbers.elapsed_s, clock="virtual")
    assert stage().outcome is outcome
    measured(f"assess a recorded run, {outcome}", stage, rows, limits)
