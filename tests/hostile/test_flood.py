"""Clients that open more connections than anybody needs."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ssedrill.model.record import Outcome, Record
from ssedrill.reporting.formats import to_json
from support.patience import HANG_S

SCENARIO = """
name = "plain"
about = "Nothing goes wrong but in the client."
dialects = ["eventsource"]
patience = "30 s"
deadline = "120 s"

[stream]
tokens = 5

[[attempt]]

[must]
outcome = ["clean"]
"""

PROGRAM = """
import json, os, resource, socket, sys, time, urllib.parse, urllib.request
count, held = int(sys.argv[1]), []
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
url = os.environ["SSEDRILL_URL"]
server = urllib.parse.urlsplit(url)
for _ in range(count):
    held.append(socket.create_connection((server.hostname, server.port)))
    if sys.argv[2] == "one":
        held.pop().close()
if held:
    time.sleep(3600)
for line in urllib.request.urlopen(url):
    if line.startswith(b"data: {") and "text" in (said := json.loads(line[6:])):
        print(json.dumps({"text": said["text"]}))
print('{"done": true}')
"""


def flooded(folder: Path, clock: str, *words: str, limit: int) -> tuple[int, list[Record]]:
    """Have the program drilled beside a good client, by a command that may have so many files open."""
    (folder / "plain.toml").write_text(SCENARIO)
    (folder / "floods.py").write_text(PROGRAM)
    client = f"cmd:{sys.executable} floods.py {' '.join(words)}"
    command = [sys.executable, "-m", "ssedrill", "run", "plain.toml", "--client", client, "--client", "reference"]
    command += ["--clock", clock, "--json", "record.json"]
    done = subprocess.run(
        ["sh", "-c", f"ulimit -Sn {limit}; exec {shlex.join(command)}"],
        cwd=folder, env={**os.environ, "CI": "1"}, capture_output=True, timeout=HANG_S, check=False,
    )  # fmt: skip
    return done.returncode, to_json.read(folder / "record.json").runs


@pytest.mark.parametrize("clock", ["auto", pytest.param("real", marks=pytest.mark.slow)])
def test_more_connections_than_files(tmp_path: Path, clock: str) -> None:
    """The run is ended and says how many there were; the next client is drilled as ever."""
    code, (flood, good) = flooded(tmp_path, clock, "1000", "all", limit=128)
    assert code == 1
    assert flood.outcome is Outcome.CRASHED
    assert "connections at once, and this process may open no more files (its limit is 128)" in flood.summary
    assert len(flood.wire.connections) > 32
    assert good.outcome is Outcome.CLEAN


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_ten_thousand_connections_one_by_one(tmp_path: Path, clock: str) -> None:
    """They are no flood: each is closed before the next, and the answer comes at the end."""
    code, (many, good) = flooded(tmp_path, clock, "10000", "one", limit=256)
    assert code == 0, many.summary
    assert {many.outcome, good.outcome} == {Outcome.CLEAN}
    if many.clock != clock:  # it was faster than anybody could accept: then the kernel has it wait, by its own clock
        assert many.notes[0].endswith("the program waits by the kernel's clock (connect)")
    assert len(many.wire.connections) == 10_001
