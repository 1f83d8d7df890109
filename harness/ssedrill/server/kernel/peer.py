"""Whose a connection is, before a byte has come over it: Linux tells which process holds the other end.

A door acts before any request is read, so there is no address yet that only the client knows. The client's are this
process, the process groups that its driver has started, every program whose environment holds the run's address (it
is inherited, even by one that has left its group), and those that were started from here with it on their command
line; with all that such a program has started. A command line alone proves nothing: anybody may have copied the URL.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from ssedrill.server.kernel.sock_diag import Ends, Netlink

Whose: TypeAlias = Literal["client", "other", "unknown"]

_PROC = Path("/proc")
_MOST_ANCESTORS = 64


@dataclass(frozen=True, slots=True)
class PeerWitness:
    """Looks at the process behind a connection. ``groups`` gives the process groups that the driver has started."""

    run: str
    groups: Callable[[], Collection[int]] = tuple

    def whose(self, ends: Ends) -> Whose:
        """Say whose a connection is; "unknown" if the system does not tell, or the other end is closed already."""
        inode = _inode(ends)
        if not inode:
            return "unknown"
        if _holds(os.getpid(), inode):
            return "client"
        holders = [pid for pid in _pids() if _holds(pid, inode)]
        if any(self._is_clients(pid) for pid in holders):
            return "client"
        return "other" if holders else "unknown"

    def _is_clients(self, pid: int) -> bool:
        """Tell whether a process belongs to the client: by its group, by what it was given, or by who started it."""
        groups, own, run = set(self.groups()), os.getpid(), self.run.encode()
        told = False
        for _ in range(_MOST_ANCESTORS):
            parent, group, session = _kin(pid)
            if groups & {group, session} or (run and run in _read(pid, "environ")):
                return True
            command = _read(pid, "cmdline")
            told = told or (bool(run) and run in command)
            if parent == own:  # or forked, and never another program: it is this process, twice
                return told or command == _read(own, "cmdline")
            if parent <= 1:
                return False
            pid = parent
        return False


def _inode(ends: Ends) -> int:
    """Return the number of the client's socket; 0 if it has none any more, or nobody can tell."""
    try:
        with contextlib.closing(Netlink()) as netlink:
            return netlink.inode(ends)
    except OSError:
        return 0


def _pids() -> Iterator[int]:
    try:
        names = os.listdir(_PROC)
    except OSError:
        return
    yield from (int(name) for name in names if name.isdecimal())


def _holds(pid: int, inode: int) -> bool:
    """Tell whether a process is seen to have this socket open."""
    folder, wanted = f"{_PROC}/{pid}/fd", f"socket:[{inode}]"
    try:
        names = os.listdir(folder)
    except OSError:  # another user's, or gone
        return False
    for name in names:
        with contextlib.suppress(OSError):
            if os.readlink(f"{folder}/{name}") == wanted:
                return True
    return False


def _kin(pid: int) -> tuple[int, int, int]:
    """Return a process's parent, group and session; zeros if it is gone."""
    fields = _read(pid, "stat").rpartition(b")")[2].split()  # the name in brackets may hold anything
    return (int(fields[1]), int(fields[2]), int(fields[3])) if len(fields) > 3 else (0, 0, 0)


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""
