"""How much memory a drill takes grows with what it has to keep, and with nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ssedrill.model.attempt_json import Plans
from ssedrill.reporting.run_log import Head, RunLog
from ssedrill.running.supervisor.worker_process import WorkerProcess
from ssedrill_faults.plan import Plan, Wait
from support.linear import LARGER, QUADRATIC
from support.patience import HANG_S
from support.records import duplicated, passed, restarted

SCENARIO = """
name = "long"
about = "An answer that may be long, and is reset now and then."
dialects = ["eventsource"]
patience = "5 s"
deadline = "1 h"
max_requests = {requests}

[stream]
tokens = {tokens}
every = "100 us"

[[attempt]]
faults = [{{ reset = {{ after_token = {after} }} }}]

[must]
outcome = ["failed-loudly"]
"""
CLIENT = '''
import json, urllib.request

def stream(target):
    """Begins anew, again and again."""
    for _ in range({requests}):
        try:
            with urllib.request.urlopen(target.url, timeout=target.patience_s) as answer:
                for line in answer:
                    if line.startswith(b"data: {{") and "text" in (said := json.loads(line[6:])):
                        yield said["text"]
        except OSError:
            target.restart()
    raise ConnectionError("never whole")
'''
PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(folder: Path, *, tokens: int = 40, requests: int = 1, repeat: int = 1) -> int:
    """Return the most memory that any process of a drill had, in KiB."""
    (folder / "long.toml").write_text(SCENARIO.format(tokens=tokens, requests=requests, after=tokens * 3 // 4))
    (folder / "client.py").write_text(CLIENT.format(requests=requests))
    words = ["run", "long.toml", "-c", "client.py:stream", "--repeat", str(repeat), "--report", "report"]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, sys.executable, "-m", "ssedrill", *words],
        cwd=folder, env={**os.environ, "CI": "1"}, capture_output=True, text=True, timeout=HANG_S, check=True,
    )  # fmt: skip
    code, size = done.stdout.split()
    assert code == "0"
    return int(size)


@pytest.mark.slow
@pytest.mark.parametrize(("what", "size"), [("tokens", 2000), ("requests", 100), ("repeat", 20)])
def test_memory_grows_with_what_is_kept(tmp_path: Path, what: str, size: int) -> None:
    """Four times as many tokens, requests or runs take about four times as much more than the smallest drill."""
    least = peak(tmp_path)
    small, large = (peak(tmp_path, **{what: some}) for some in (size, LARGER * size))
    assert large - least < QUADRATIC * max(small - least, 2048)


def test_a_supervisor_forgets_the_plans_that_its_worker_has_forgotten() -> None:
    """An answer may still name them; the next one brings its own."""
    plans = Plans()
    names = [plans.digest(Plan(number, (Wait(1.0),))) for number in range(3)]
    worker = WorkerProcess.__new__(WorkerProcess)
    worker._plans = {}
    first = {"plans": {names[0]: plans.bodies[names[0]]}}
    assert set(worker.plans(first)) == {names[0]}
    assert set(worker.plans({"plans": {names[1]: plans.bodies[names[1]]}, "forgets": True})) == set(names[:2])
    assert set(worker.plans({"plans": {names[2]: plans.bodies[names[2]]}})) == {names[2]}


def test_a_log_keeps_no_plan_that_it_has_written(tmp_path: Path) -> None:
    """It knows them by their digests."""
    log = RunLog([tmp_path / "runs.jsonl"], resume=None, warn=print)
    log.begin(Head("auto", 1, 1, (), ("a",), {}, {}, planned=3))
    for index, run in enumerate((passed(), duplicated(), restarted())):
        log.add(index, run)
        assert log._plans.bodies == {}
    log.close(complete=True)
