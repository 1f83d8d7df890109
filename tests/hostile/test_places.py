"""A disk that is full, a folder that can't be written to, and a user who presses Ctrl-C twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssedrill.reporting.formats import to_json
from ssedrill.reporting.run_log import LOG_NAME, read_log
from support.marked import MARK, marked
from support.patience import HANG_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system, and looks into /proc")

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
open("started", "w").close()
time.sleep(3600)
"""
"""A program that nothing but SIGKILL ends."""


def command(folder: Path, *words: str, mark: str = "places") -> subprocess.Popen[str]:
    """Start a drill."""
    return subprocess.Popen(
        [sys.executable, "-m", "ssedrill", "run", *words],
        cwd=folder, env={**os.environ, "CI": "1", MARK: mark}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ran(folder: Path, *words: str) -> tuple[int, str, str]:
    """Have a drill go to its end; return the exit code and what it said."""
    with command(folder, *words) as program:
        out, errors = program.communicate(timeout=HANG_S)
    return program.returncode, out, errors


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "ssedrill-test", str(folder)], capture_output=True, check=False
    ).returncode:  # fmt: skip
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    """Change the disk."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


HEALTHY = ("healthy", "--dialect", "eventsource", "--client", "reference", "--repeat", "60")


def test_a_full_disk(tmp_path: Path, small_disk: Path) -> None:
    """What fits is there, the rest waits and is told of; with more room the drill goes on to the same end."""
    code, out, errors = ran(tmp_path, *HEALTHY, "--report", "disk/report", "--json", "whole.json")
    assert code == 2
    assert errors.count("can't be written (No space left on device): runs stay in memory until the end") == 1
    assert f"can't write {small_disk / 'report' / 'record.json'}: No space left on device" in errors
    assert "60 runs: 1 passed" in out
    whole = to_json.read(tmp_path / "whole.json").runs
    kept = read_log(small_disk / "report" / LOG_NAME)[1]
    assert 0 < len(kept) < len(whole) == 60
    assert not list((small_disk / "report").glob(".*")), "something was left half written"
    remount(small_disk, "size=64m")
    code, _, errors = ran(tmp_path, *HEALTHY, "--resume", "disk/report")
    assert code == 0, errors
    again = to_json.read(small_disk / "report" / "record.json").runs
    assert list(map(to_json.fingerprint, again)) == list(map(to_json.fingerprint, whole))
    assert not (small_disk / "report" / LOG_NAME).exists()


def test_a_disk_that_is_read_only(tmp_path: Path, small_disk: Path) -> None:
    """It is told before anything is run."""
    (small_disk / "report").mkdir()
    remount(small_disk, "ro")
    for words in (("--report", "disk/report"), ("--report", "disk/new"), ("--json", "disk/r.json")):
        code, out, errors = ran(tmp_path, *HEALTHY, *words)
        assert (code, out) == (2, "")
        assert len(errors.splitlines()) == 1
        assert errors.startswith("ssedrill: can't "), errors


def test_a_second_ctrl_c(tmp_path: Path) -> None:
    """It ends the command at once, whatever its client does; what was done is kept, and nothing goes on."""
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    words = ["healthy", "--dialect", "eventsource", "--client", "reference"]
    words += ["--client", f"raw:{sys.executable} stubborn.py", "--clock", "real", "--jobs", "1", "--report", "report"]
    with command(tmp_path, *words, mark="twice") as program:
        end = time.monotonic() + HANG_S
        while not (tmp_path / "started").exists() and program.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        program.send_signal(signal.SIGINT)
        assert program.stderr is not None
        while (line := program.stderr.readline()) and not line.startswith("Interrupted"):
            pass
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=HANG_S)
    assert program.returncode == 130
    assert len(read_log(tmp_path / "report" / LOG_NAME)[1]) == 1
    assert [run.client for run in to_json.read(tmp_path / "report" / "record.json").runs] == ["reference"]
    while (left := marked("twice")) and time.monotonic() < end:
        time.sleep(0.02)
    assert left == {}
