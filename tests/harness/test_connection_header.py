"""The Connection header of the faulted answer changes what a real client makes of the same reset."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ssedrill.clients.spec import parse_spec
from ssedrill.loading.load import builtin_scenarios
from ssedrill.model.record import Record
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

PROGRAM = Path(__file__).parent.parent / "examples" / "fetch_client.mjs"
SCENARIOS = {scenario.name: scenario for scenario in builtin_scenarios()}


@pytest.fixture(params=["real", "virtual"])
def outcome(request: pytest.FixtureRequest):
    """Return what drills the program on one of the clocks."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    client = parse_spec(f"cmd:node {PROGRAM}")
    client.driver.probe()

    def drilled(name: str) -> Record:
        record = drill(Job(SCENARIOS[name], client, "eventsource"), clock=request.param)
        assert record.clock == request.param, record.notes
        return record

    return drilled


@pytest.mark.parametrize("how", ["reset", "fin"])
def test_node_fetch_sees_a_broken_keep_alive_answer(outcome, how):
    """With keep-alive the runtime raises, so the program can say that it failed."""
    record = outcome(f"{how}-mid-stream")
    assert record.outcome == "failed-loudly", record.summary
    assert record.error.error_class == "TypeError"


@pytest.mark.parametrize("how", ["reset", "fin"])
def test_node_fetch_takes_a_broken_closing_answer_for_complete(outcome, how):
    """With `Connection: close` the same runtime ends the body in silence: 28 of 40 tokens are gone."""
    record = outcome(f"{how}-mid-stream-close")
    assert record.outcome == "truncated-silently", record.summary
    assert record.numbers.lost == 28
