"""The same seed gives the same record: in other processes, under other hash seeds, on a busy machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.patience import HANG_S

ROOT = Path(__file__).parents[3]
CODE = """
from support.virtualclients import ASYNC, BLOCKING, SDKS, good
from support.virtualdrill import SILENCE, answer, drill
for client in (*ASYNC, *BLOCKING):
    first = [answer(503), answer(429, Retry_After=7)] if client in SDKS else [SILENCE, answer(429, Retry_After=7)]
    print(client.__name__, drill(client, [*first, good(client)]).digest())
"""


def start(hash_seed):
    """Start a process that drills every client once and prints the hashes."""
    paths = [ROOT / "harness", ROOT / "faults", ROOT / "tests"]
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    return subprocess.Popen([sys.executable, "-c", CODE], env=env, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def hogs():
    """Keep every processor busy."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    yield
    for hog in busy:
        hog.kill()
        hog.wait()


@pytest.mark.slow
def test_one_record_under_every_hash_seed_and_load(hogs):
    """Two processes at once with different hash seeds, on a busy machine, print the same hashes."""
    processes = [start(seed) for seed in ("0", "random")]
    said = set()
    for process in processes:
        out, _ = process.communicate(timeout=HANG_S)
        assert process.returncode == 0
        said.add(out)
    assert len(said) == 1
    assert len(said.pop().splitlines()) == 11
