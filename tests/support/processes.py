"""Which processes there are below another, as Linux tells, and waiting for their end."""

from __future__ import annotations

import time
from pathlib import Path

from support.patience import HANG_S


def stats() -> dict[int, tuple[str, int]]:
    """Return state and parent of every process."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        found[int(path.parent.name)] = state, int(parent)
    return found


def below(pid: int) -> set[int]:
    """Return every descendant of a process that has not ended."""
    found, all_ = set(), stats()
    new = {pid}
    while new:
        new = {child for child, (state, parent) in all_.items() if parent in new and state != "Z"} - found
        found |= new
    return found


def wait_until_gone(pids: set[int]) -> None:
    """Return when none of these processes runs any more."""
    end = time.monotonic() + HANG_S
    while left := {pid for pid, (state, _) in stats().items() if pid in pids and state != "Z"}:
        assert time.monotonic() < end, f"{left} still run"
        time.sleep(0.01)


def wait_for(path: Path) -> None:
    """Return when there is such a file, and something in it."""
    end = time.monotonic() + HANG_S
    while not (path.exists() and path.read_bytes()):
        assert time.monotonic() < end, f"{path} did not come"
        time.sleep(0.01)
