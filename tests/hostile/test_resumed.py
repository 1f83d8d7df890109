"""A drill that is killed again and again loses nothing that was finished, and comes to the same record in the end."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ssedrill.model.record import Outcome, Record
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.run_log import LOG_NAME, read_log
from support.marked import MARK, marked, workers
from support.patience import HANG_S

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc, and needs a subreaper"),
]

SCENARIO = """
name = "drops"
about = "The first answer is reset."
dialects = ["eventsource"]
patience = "2 s"
deadline = "60 s"

[stream]
tokens = 20

[[attempt]]
faults = [{ reset = { after_token = 12 } }]
[[attempt]]

[must]
outcome = ["recovered", "failed-loudly"]
"""
CLIENT = '''
import json, urllib.request

def stream(target):
    """Shows every token."""
    with urllib.request.urlopen(target.url, timeout=target.patience_s) as answer:
        for line in answer:
            if line.startswith(b"data: {") and "text" in (said := json.loads(line[6:])):
                yield said["text"]
'''
CLIENTS = ("client.py:stream", "reference")
SAID = re.compile(rb" *\[ *\d+/\d+\] ")
"""How the line of progress of a finished run begins."""
STARTS_S = 0.8
"""About how long the command takes until its first run is done; only where in it the kills fall depends on it."""


def start(folder: Path, mark: str, repeat: int, report: Path) -> subprocess.Popen[bytes]:
    """Start the command, or go on with it if it was interrupted."""
    words = ["run", "drops.toml", "--seed", "7", "--repeat", str(repeat)]
    words += [word for client in CLIENTS for word in ("--client", client)]
    words += ["--resume" if (report / LOG_NAME).exists() else "--report", str(report)]
    env = {**os.environ, MARK: mark, "CI": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "ssedrill", *words],
        cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(folder: Path, repeat: int, report: Path) -> list[Record]:
    """Have it go to its end, and return the runs."""
    with start(folder, "end", repeat, report) as program:
        _, errors = program.communicate(timeout=HANG_S)
    assert program.returncode in (0, 1), errors.decode()
    assert not (report / LOG_NAME).exists()
    return to_json.read(report / "record.json").runs


def kill(program: subprocess.Popen[bytes], chance: random.Random, mark: str) -> tuple[int, bool]:
    """Kill the command, while it starts or when it has done some runs, and perhaps a worker a moment before.

    Return how many runs it said were done, and whether a worker was killed.
    """
    assert program.stderr is not None
    done, most = 0, chance.randrange(6)
    if most == 0:
        time.sleep(chance.uniform(0.0, STARTS_S))
    while done < most and (line := program.stderr.readline()):
        done += SAID.match(line) is not None
    time.sleep(chance.uniform(0.0, 0.01))
    killed = False
    if chance.random() < 0.4 and (there := workers(mark, program.pid)):
        with suppress(ProcessLookupError):
            os.kill(chance.choice(there), signal.SIGKILL)
            killed = True
        time.sleep(chance.uniform(0.0, 0.01))
    program.kill()
    done += sum(SAID.match(line) is not None for line in program.stderr.read().splitlines())
    return done, killed


def nothing_left(mark: str) -> None:
    """See that all processes with the mark end."""
    end = time.monotonic() + HANG_S
    while (left := marked(mark)) and time.monotonic() < end:
        time.sleep(0.02)
    assert left == {}


def kill_and_resume(folder: Path, kills: int) -> None:
    """Kill at so many moments, go on each time, and compare the record with that of a drill that nobody disturbed."""
    (folder / "drops.toml").write_text(SCENARIO)
    (folder / "client.py").write_text(CLIENT)
    repeat = 20 * kills
    chance, report = random.Random(kills), folder / "report"
    kept: set[int] = set()
    workers_killed = 0
    for number in range(kills):
        mark = f"kill-{kills}-{number}"
        with start(folder, mark, repeat, report) as program:
            told, worker_too = kill(program, chance, mark)
        assert program.returncode == -signal.SIGKILL, "it had come to its end"
        nothing_left(mark)
        workers_killed += worker_too
        found = set(read_log(report / LOG_NAME)[1]) if (report / LOG_NAME).exists() else set[int]()
        assert found >= kept, "what was finished is not in the file any more"
        assert len(found) >= len(kept) + told, "what was told as finished is not in the file"
        kept = found
    runs, whole = finish(folder, repeat, report), finish(folder, repeat, folder / "whole")
    assert len(runs) == len(whole) == repeat * len(CLIENTS)
    crashed = [run for run in runs if run.outcome is Outcome.CRASHED]
    assert len(crashed) <= workers_killed
    assert all("SIGKILL" in run.summary for run in crashed)
    for run, undisturbed in zip(runs, whole, strict=True):
        assert run in crashed or to_json.fingerprint(run) == to_json.fingerprint(undisturbed)


def test_killed_three_times(tmp_path: Path) -> None:
    """Harness and workers die by SIGKILL at three moments, and the drill is gone on with after each."""
    kill_and_resume(tmp_path, 3)


@pytest.mark.slow
def test_killed_thirty_times(tmp_path: Path) -> None:
    """The same at thirty moments."""
    kill_and_resume(tmp_path, 30)
