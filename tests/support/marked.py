"""The processes of a command, found by a mark in their environment."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

MARK = "SSEDRILL_TEST_OF_KILLING"
"""A variable; what runs with the same value belongs together."""


def marked(mark: str) -> dict[int, tuple[int, int]]:
    """Return the processes that carry the mark, each with its parent and its session."""
    wanted = f"{MARK}={mark}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                state, parent, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if state != "Z":
                    found[int(folder.name)] = (int(parent), int(session))
    return found


def workers(mark: str, supervisor: int) -> list[int]:
    """Return the workers: each leads a session, below a keeper, which is in that of the process that bore it."""
    there = marked(mark)
    nurseries = {pid for pid, (parent, _) in there.items() if parent == supervisor}
    keepers = {pid for pid, (parent, _) in there.items() if parent in nurseries}
    return [pid for pid, (parent, session) in there.items() if parent in keepers and session == pid]
