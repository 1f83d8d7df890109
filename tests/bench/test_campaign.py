"""What a cluster brings: the same runs without one, by one worker, and by two.

They are made on the real clock, where a run mostly waits: two workers of one machine share its processors, those
of a cluster do not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from distributed import LocalCluster

from bench.limits import Limits
from bench.tables import Table, ratio
from ssedrill.cli.main import cli

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

RUNS, ROUNDS = int(os.environ.get("CAMPAIGN_RUNS", "200")), 3
ONE_IS_AT_MOST = 1.5
"""One worker takes at most so many times what no cluster takes: what a batch costs is little beside its runs."""
TWO_ARE_AT_MOST = 0.75
"""Two workers take at most so many times what one takes."""


def taken(folder: Path, *args: str) -> float:
    """Return how long the runs take, in seconds."""
    what = ["run", "healthy", "-c", "reference", "--dialect", "eventsource", "--clock", "real", "-j", "1", "-q"]
    began = time.perf_counter()
    done = CliRunner().invoke(cli, [*what, "--repeat", str(RUNS), "--json", str(folder / "r.json"), *args])
    assert done.exit_code == 0, done.output
    return time.perf_counter() - began


def by(workers: int, folder: Path) -> float:
    """Return how long they take on a cluster of so many workers, which is there already."""
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        return taken(folder, "--executor", cluster.scheduler_address.replace("tcp://", "dask://"))


def test_one_and_two_workers(tmp_path: Path, publish: Callable[[Table], None], limits: Limits) -> None:
    """A second worker takes a good part of the time away."""
    rounds = [(taken(tmp_path), by(1, tmp_path), by(2, tmp_path)) for _ in range(ROUNDS)]
    one, two = [first / none for none, first, _ in rounds], [second / first for _, first, second in rounds]
    least = [f"{min(times):.1f} s" for times in zip(*rounds, strict=True)]
    rows = (
        ("no cluster, one run at a time", least[0], "", ""),
        ("one worker", least[1], ratio(one), ""),
        ("two workers", least[2], ratio([second / none for none, _, second in rounds]), ratio(two)),
    )
    note = f"{RUNS} runs of healthy with reference on the real clock. Median (min..max) of {ROUNDS} rounds."
    publish(Table("Runs on a cluster", note, ("who", "least", "beside no cluster", "beside one worker"), rows))
    limits.at_most("one worker beside no cluster", one, ONE_IS_AT_MOST)
    limits.at_most("two workers beside one", two, TWO_ARE_AT_MOST)
