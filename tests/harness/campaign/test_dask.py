"""A campaign on Dask: the records are those of one machine, whatever becomes of a worker meanwhile."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result
from distributed import LocalCluster

from ssedrill.campaign.executors import dask_executor, scheduler_of
from ssedrill.cli.main import cli
from ssedrill.reporting.formats import to_json

FEW, MANY = 200, int(os.environ.get("CAMPAIGN_RUNS", "10000"))
SOON_S = 60.0
DROPPED = """
name = "dropped"
about = "The connection is reset after 2 of 4 tokens."
dialects = ["eventsource"]
[stream]
tokens = 4
[[attempt]]
faults = [{ reset = { after_token = 2 } }]
[[attempt]]
[must]
outcome = ["failed-loudly"]
"""

CLIENT = """
import asyncio
import json
from urllib.parse import urlsplit

async def stream(target):
    url = urlsplit(target.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(f"GET {url.path} HTTP/1.1\\r\\nHost: {url.netloc}\\r\\n\\r\\n".encode())
    try:
        async for line in reader:
            if line.startswith(b"data: {") and "text" in (data := json.loads(line[6:])):
                yield data["text"]
    finally:
        writer.close()
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two worker processes."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as found:
        yield found


def address(cluster: LocalCluster) -> str:
    """Return what one writes behind --executor."""
    return cluster.scheduler_address.replace("tcp://", "dask://")


def drilled(folder: Path, record: str, *args: str) -> Result:
    """Drill a client with a scenario, both of one's own; a run costs little more than its processes."""
    (folder / "dropped.toml").write_text(DROPPED)
    (folder / "own_client.py").write_text(CLIENT)
    what = ["run", str(folder / "dropped.toml"), "-c", f"{folder}/own_client.py:stream", "-q"]
    return CliRunner().invoke(cli, [*what, "--json", str(folder / record), *args])


class Killer(threading.Thread):
    """Kills the first worker that is seen to have begun a batch, and knows the batch's process."""

    def __init__(self, cluster: LocalCluster) -> None:
        super().__init__()
        self._cluster = cluster
        self.killed: psutil.Process | None = None
        self.batches: list[psutil.Process] = []

    def run(self) -> None:
        """Look for one."""
        end = time.monotonic() + SOON_S
        while self.killed is None and time.monotonic() < end:
            for nanny in self._cluster.workers.values():
                worker = psutil.Process(nanny.pid)
                if batches := worker.children():
                    os.kill(worker.pid, signal.SIGKILL)
                    self.killed, self.batches = worker, batches
                    return
            time.sleep(0.02)


def same_though_one_is_killed(cluster: LocalCluster, folder: Path, runs: int) -> None:
    """Have the same runs made here and there, where a worker dies in the midst of its batch."""
    args = ("--repeat", str(runs))
    here = drilled(folder, "here.json", *args)
    killer = Killer(cluster)
    killer.start()
    there = drilled(folder, "there.json", *args, "--executor", address(cluster))
    killer.join()
    assert killer.killed is not None
    assert (there.exit_code, there.stdout) == (here.exit_code, here.stdout), there.output
    expected, found = (to_json.read(folder / name) for name in ("here.json", "there.json"))
    assert [(run.repeat, run.outcome) for run in found.runs] == [(i, "failed-loudly") for i in range(runs)]
    assert list(map(to_json.fingerprint, found.runs)) == list(map(to_json.fingerprint, expected.runs))
    assert (found.versions, found.scenarios) == (expected.versions, expected.scenarios)
    assert not list(folder.glob("*.jsonl"))
    gone, left = psutil.wait_procs(killer.batches, timeout=SOON_S)
    assert (len(gone), left) == (len(killer.batches), [])  # what a dead worker had begun does not go on


def test_a_killed_worker_costs_nothing(cluster: LocalCluster, tmp_path: Path) -> None:
    """Two hundred runs, one of two workers killed in mid-run: the records are those of this machine, in order."""
    same_though_one_is_killed(cluster, tmp_path, FEW)


def test_a_cluster_without_workers_is_told() -> None:
    """Runs wait for the first worker: whoever forgot to start one reads why nothing happens."""
    told: list[str] = []
    with LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty:
        scheduler = scheduler_of(address(empty))
        with dask_executor(scheduler, told.append):
            pass
    assert told == [f"The scheduler at {scheduler} has no worker yet: waiting for one."]


@pytest.mark.slow
def test_many_runs(cluster: LocalCluster, tmp_path: Path) -> None:
    """Ten thousand runs, and the same."""
    same_though_one_is_killed(cluster, tmp_path, MANY)
