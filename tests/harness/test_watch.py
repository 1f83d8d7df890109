"""The same again, whenever a client or a scenario changes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ssedrill.cli.watch import watched
from support.patience import HANG_S

CLIENT = "async def stream(target):\n    yield 'no answer'\n"


def test_what_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder, and what was named that lies elsewhere."""
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        (folder / "client.py").touch()
        (folder / "drill.toml").touch()
    monkeypatch.chdir(here)
    assert watched(["client.py:stream", "openai", "cmd:node x.mjs"], ["drill.toml", "tcp"]) == [here]
    assert watched([f"x={there}/client.py:stream"], [f"{there}/drill.toml"]) == [here, there]
    (tmp_path / "drill.toml").touch()
    assert watched([], ["../drill.toml", str(there)]) == [here, tmp_path / "drill.toml", there]


def test_a_change_is_a_run(tmp_path: Path) -> None:
    """Each run has the client as it is by then; Ctrl-C ends the watching, with its exit code."""
    client = tmp_path / "client.py"
    client.write_text(CLIENT, "utf-8")
    words = ["run", "healthy", "-c", "client.py:stream", "--dialect", "eventsource", "-q", "--watch"]
    command = [sys.executable, "-m", "ssedrill", *words]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    ) as program:
        assert program.stdout is not None
        seen: list[str] = []

        def until(word: str) -> None:
            for line in program.stdout or ():
                seen.append(line)
                if word in line:
                    return
            raise AssertionError("".join(seen))

        try:
            until("Watching 1 place")
            assert "no request came" in "".join(seen)
            seen.clear()
            client.write_text(CLIENT.replace("stream", "other"), "utf-8")
            until("Watching 1 place")
            assert "client.py has no function 'stream'; it has other" in "".join(seen)
            program.send_signal(signal.SIGINT)
            assert program.wait(HANG_S) == 130
        finally:
            program.kill()
