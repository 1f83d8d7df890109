"""SIGKILL of a worker costs the run that it was at; SIGKILL of the command leaves nothing behind it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ssedrill.model.record import Outcome
from ssedrill.reporting.formats import to_json
from support.marked import MARK, marked, workers
from support.patience import HANG_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc, and needs a subreaper")

SCENARIO = """
name = "slow"
about = "An answer that takes a while."
dialects = ["eventsource"]
patience = "30 s"
deadline = "60 s"

[stream]
tokens = 20
every = "20 ms"

[[attempt]]

[must]
outcome = ["clean"]
"""
CLIENT = '''
import json, urllib.request

def stream(target):
    """Shows every token."""
    open("started", "w").close()
    with urllib.request.urlopen(target.url, timeout=target.patience_s) as answer:
        for line in answer:
            if line.startswith(b"data: {") and "text" in (said := json.loads(line[6:])):
                yield said["text"]
'''
PROGRAM = """
setsid sh -c 'setsid sleep 3600 &'
sleep 3600 &
: > started
sleep 3600
"""
"""A program with a child, and one that has forked twice and left its session."""


@contextmanager
def command(folder: Path, mark: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Have a command run whose processes, and those of its clients, carry a mark."""
    (folder / "slow.toml").write_text(SCENARIO)
    (folder / "client.py").write_text(CLIENT)
    (folder / "program").write_text(PROGRAM)
    argv = [sys.executable, "-m", "ssedrill", "run", "slow.toml", "--clock", "real", *words]
    with subprocess.Popen(
        argv, cwd=folder, env={**os.environ, MARK: mark}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as program:
        try:
            yield program
        finally:
            program.kill()


def kill_workers(folder: Path, runs: int, kills: int, mark: str) -> None:
    """Kill workers at random moments; see that each costs one run, and that all the others are clean."""
    chance = random.Random(mark)
    words = ("--client", "client.py:stream", "--repeat", str(runs), "--jobs", "2", "--json", "record.json")
    killed = 0
    with command(folder, mark, *words) as program:
        while not (folder / "started").exists() and program.poll() is None:
            time.sleep(0.02)
        while program.poll() is None and killed < kills:
            time.sleep(chance.uniform(0.1, 0.9))
            if there := workers(mark, program.pid):
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(there), signal.SIGKILL)
                    killed += 1
        code = program.wait(HANG_S)
    found = to_json.read(folder / "record.json").runs
    crashed = [run for run in found if run.outcome is not Outcome.CLEAN]
    assert len(found) == runs
    assert len(crashed) <= killed  # some hit a worker that was between two runs
    assert {run.outcome for run in crashed} <= {Outcome.CRASHED}
    assert all("signal 9, SIGKILL" in run.summary for run in crashed)
    assert code == (1 if crashed else 0)
    assert killed


def kill_command(folder: Path, delay_s: float | None, mark: str) -> None:
    """Kill the command after a while, or once its program has started; see that nothing of it goes on."""
    words = ("--client", "raw:sh program", "--client", "client.py:stream", "--jobs", "2")
    with command(folder, mark, *words) as program:
        end = time.monotonic() + HANG_S
        if delay_s is not None:
            time.sleep(delay_s)
        while delay_s is None and not (folder / "started").exists() and time.monotonic() < end:
            time.sleep(0.02)
        if delay_s is None:
            assert len(marked(mark)) > 4
        program.kill()
        program.wait(HANG_S)
        while (left := marked(mark)) and time.monotonic() < end:
            time.sleep(0.02)
        assert left == {}


def test_a_killed_worker_costs_its_run_alone(tmp_path: Path) -> None:
    """Every other run is in the result, and is what it would have been."""
    kill_workers(tmp_path, runs=6, kills=2, mark="few")


def test_a_killed_command_leaves_nothing_running(tmp_path: Path) -> None:
    """Its workers and their programs end with it, those too that have left their session and their parent."""
    kill_command(tmp_path, None, "once")


@pytest.mark.slow
def test_thirty_killed_workers(tmp_path: Path) -> None:
    """The same at thirty moments."""
    kill_workers(tmp_path, runs=60, kills=30, mark="many")


@pytest.mark.slow
def test_a_command_killed_at_thirty_moments(tmp_path: Path) -> None:
    """The same, from the first imports on."""
    for number in range(30):
        (tmp_path / "started").unlink(missing_ok=True)
        kill_command(tmp_path, 0.2 * number, f"moment-{number}")


def test_shared_memory_is_given_back(tmp_path: Path) -> None:
    """What a program's clock lay in is gone, though its worker was killed before it could remove it."""
    page = 'case $SSEDRILL_CLOCK in "") ;; *) echo "$SSEDRILL_CLOCK" > page;; esac; sleep 3600'
    (tmp_path / "napper").write_text(f"{page}\n")
    words = ("--client", "raw:sh napper", "--clock", "virtual", "--json", "record.json")
    with command(tmp_path, "memory", *words) as program:
        end = time.monotonic() + HANG_S
        while not (tmp_path / "page").exists() and program.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        if not (tmp_path / "page").exists():
            pytest.skip("no program can be on the virtual clock here")
        program.kill()
        program.wait(HANG_S)
        folder = Path((tmp_path / "page").read_text().strip())
        while (marked("memory") or folder.exists()) and time.monotonic() < end:
            time.sleep(0.02)
    assert not folder.exists()
