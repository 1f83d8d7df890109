"""How fast the pure stages are: request to plan, and journals to record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from bench.streams import Kind, plain
from bench.tables import Table
from ssedrill.dialects import dialects, find_dialect
from ssedrill.drivers.base import Client
from ssedrill.drivers.in_process.driver import InProcess
from ssedrill.model.record import Outcome, Record, Severity
from ssedrill.model.scenario import Attempt, Comparison, Expectable, Expectation, Scenario
from ssedrill.planning.compile import compile_plan, fresh_request
from ssedrill.running.run import Job, assess
from ssedrill_faults.reset import ResetFault
from support.records import duplicated, passed

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

TOKENS = 40


@pytest.fixture(scope="module")
def rows(publish: Callable[[Table], None]) -> Iterator[list[tuple[str, ...]]]:
    """Return where results go, and make a table of them in the end."""
    found: list[tuple[str, ...]] = []
    yield found
    publish(
        Table(
            "Pure stages",
            f"Answers of {TOKENS} tokens, one core, medians.",
            ("stage", "a second", "one takes"),
            tuple(found),
        )
    )


def row(name: str, benchmark: Any) -> tuple[str, ...]:
    """Return a line of the table."""
    took = benchmark.stats.stats.median
    return name, f"{1 / took:,.0f}", f"{took * 1e6:,.0f} us"


def drilled(dialect_name: str) -> Scenario:
    """Return a scenario with a fault, and with an expectation of each severity."""
    attempts = (Attempt((ResetFault(after_token=12),)), Attempt())
    expectations = (
        Expectation(Expectable.OUTCOME, Severity.MUST, (Outcome.RECOVERED, Outcome.FAILED_LOUDLY)),
        Expectation(Expectable.REQUESTS, Severity.MUST, Comparison("<=", 4, "<= 4")),
        Expectation(Expectable.RECOVERY, Severity.SHOULD, Comparison("<=", 2, "<= 2 s")),
    )
    return replace(plain(Kind(TOKENS), dialect_name), attempts=attempts, expectations=expectations)


@pytest.mark.parametrize("name", dialects())
@pytest.mark.parametrize("attempt", [2, 1], ids=["healthy", "reset"])
def test_compile(name: str, attempt: int, benchmark: Any, rows: list[tuple[str, ...]]) -> None:
    """A request is turned into a plan while its client waits: that must not show in the client's times."""
    spoken = find_dialect(name)
    request = fresh_request(spoken)
    ask, plan = benchmark(compile_plan, drilled(name), spoken, 0, attempt, request, "a")
    assert (ask.kind, plan.faults) == ("stream", () if attempt == 2 else ("reset",))
    rows.append(row(f"compile a plan, {name}, {'healthy' if attempt == 2 else 'with a reset'}", benchmark))
    assert benchmark.stats.stats.median < 0.01


@pytest.mark.parametrize(
    ("record", "outcome"), [(passed(), Outcome.CLEAN), (duplicated(), Outcome.DUPLICATED)], ids=["clean", "twice"]
)
def test_assess(record: Record, outcome: Outcome, benchmark: Any, rows: list[tuple[str, ...]]) -> None:
    """Ledger, measures, checks and the sentence about a run take less than the shortest virtual run."""
    scenario = drilled(record.dialect) if record.numbers.retries else plain(Kind(TOKENS), record.dialect)
    job = Job(scenario, Client("bench", InProcess("none:none"), (record.dialect,)), record.dialect)

    # The hand-made plans serve generation "a" without saying so.
    for attempt in record.wire.attempts:
        attempt.plan = replace(attempt.plan, generation="a")
    result = benchmark(assess, job, record.wire, record.tokens, record.numbers.elapsed_s, clock="virtual")
    assert result.outcome is outcome
    rows.append(row(f"assess a recorded run, {outcome}", benchmark))
    assert benchmark.stats.stats.median < 0.02
