"""The examples and tables of README.md and docs/ tell the truth: examples run, tables name what there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ssedrill.clients import CLIENTS
from ssedrill.clients.spec import parse_spec
from ssedrill.loading.load import builtin_scenarios, load_file
from ssedrill.model.record import Outcome, Verdict
from ssedrill.running.jobs import plan_jobs, run_jobs
from support.patience import HANG_S

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
FINDINGS = (ROOT / "docs" / "findings.md").read_text("utf-8")
OUTCOMES = (ROOT / "docs" / "outcomes.md").read_text("utf-8")
MOST_BYTES = 10_000


def test_the_readme_is_read_in_five_minutes():
    """What moves, and what only some need, stands in docs/."""
    assert len(README.encode()) < MOST_BYTES


def outcomes(spec: str, scenarios: list[str]) -> dict[str, Outcome]:
    """Drill one client in the eventsource dialect."""
    chosen = [scenario for scenario in builtin_scenarios() if scenario.name in scenarios]
    records = run_jobs(plan_jobs(chosen, [parse_spec(spec)], dialects=["eventsource"]))
    return {record.scenario: record.outcome for record in records}


def test_the_example_client_runs():
    """The smallest Python client gets a healthy answer and raises at a reset."""
    found = outcomes(f"{ROOT / 'tests/examples/my_client.py'}:stream", ["healthy", "reset-mid-stream"])
    assert found == {"healthy": Outcome.CLEAN, "reset-mid-stream": Outcome.FAILED_LOUDLY}


def test_the_example_in_python_runs():
    """The lines for Python print the outcome of the same client."""
    path = os.pathsep.join(str(ROOT / part) for part in ("harness", "faults", "tests/examples"))
    done = subprocess.run(
        [sys.executable, "tests/examples/from_python.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=True,
    )
    assert done.stdout.startswith("failed-loudly raised")


def test_the_example_program_runs_and_lies():
    """The shell script is fine while nothing happens, and says "complete" after a reset, as the page says."""
    found = outcomes(f"cmd:sh {ROOT / 'tests/examples/my_client.sh'}", ["healthy", "reset-mid-stream"])
    assert found == {"healthy": Outcome.CLEAN, "reset-mid-stream": Outcome.TRUNCATED_SILENTLY}


SESSIONS = {
    "python": f"{ROOT / 'tests/examples/my_session.py'}:session",
    "node": f"cmd:node {ROOT / 'tests/examples/session_client.mjs'}",
}


@pytest.mark.parametrize("language", SESSIONS)
def test_the_example_sessions_run(language):
    """They make one call and several, leave no answer open that nobody reads, and raise at a reset."""
    if language == "node" and shutil.which("node") is None:
        pytest.skip("there is no node")
    names = ["healthy", "reset-mid-stream", "abandoned-streams", "stopped-mid-stream", "five-of-twenty-cut"]
    assert outcomes(SESSIONS[language], names) == {
        "healthy": Outcome.CLEAN,
        "reset-mid-stream": Outcome.FAILED_LOUDLY,
        "abandoned-streams": Outcome.CANCELLED,
        "stopped-mid-stream": Outcome.CANCELLED,
        "five-of-twenty-cut": Outcome.FAILED_LOUDLY,
    }


def test_the_example_program_makes_one_call():
    """The shell script is not asked for several; its only call can be called off."""
    found = outcomes(f"cmd:sh {ROOT / 'tests/examples/my_client.sh'}", ["abandoned-streams", "stopped-mid-stream"])
    assert found == {"abandoned-streams": Outcome.UNSUPPORTED, "stopped-mid-stream": Outcome.CANCELLED}


def test_the_example_scenario_is_passed_by_the_reference():
    """The incident can be recovered from, and is."""
    scenario = load_file(ROOT / "tests/examples/my-incident.toml")
    reference = [client for client in CLIENTS.values() if client.name == "reference"]
    assert {record.verdict for record in run_jobs(plan_jobs([scenario], reference))} == {Verdict.PASS}


def test_the_example_fault_works():
    """The fault of the guide keeps its first operations and closes."""
    sys.path.insert(0, str(ROOT / "tests" / "examples"))
    try:
        from truncate import TruncateFault
    finally:
        sys.path.pop(0)
    from support.voice import plan_of, small_answer

    ops = plan_of(small_answer(), TruncateFault(keep=2)).ops
    assert len(ops) == 3
    assert ops[-1].fault == "truncate"


def test_the_example_of_a_gateway_is_passed_by_the_reference():
    """The failure that is reproduced can be recovered from, and the smallest client does not notice it."""
    scenario = load_file(ROOT / "tests/examples/gateway-cut.toml")
    clients = [CLIENTS["reference"], parse_spec(f"{ROOT / 'tests/examples/my_client.py'}:stream")]
    records = run_jobs(plan_jobs([scenario], clients, dialects=["eventsource"]))
    assert [record.outcome for record in records] == [Outcome.RECOVERED, Outcome.TRUNCATED_SILENTLY]


def test_the_matrix_names_every_scenario_and_client():
    """The table of real clients is of the basic scenarios and the built-in clients of today."""
    table = re.search(r"<!-- matrix -->\n(.*?)<!-- end matrix -->", FINDINGS, re.DOTALL)[1]
    rows = table.strip().splitlines()
    assert set(re.split(r" \| |<br>", rows[0].strip("| "))) == {client.name for client in CLIENTS.values()}
    named = {row.split("|")[1].strip() for row in rows[2:] if row.startswith("|")}
    assert named == {scenario.name for scenario in builtin_scenarios() if "basic" in scenario.tags}


@pytest.mark.parametrize("outcome", Outcome)
def test_the_table_of_outcomes_has_them_all(outcome):
    """A new one needs a row."""
    table = OUTCOMES.partition("## Outcomes")[2].partition("\n## ")[0]
    assert re.search(rf"^\| .*`{outcome}`.* \|", table, re.MULTILINE)
