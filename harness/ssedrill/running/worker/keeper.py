"""The process above a worker: it runs nothing of a client's, and outlives the worker to end what is left of it.

It is the subreaper of everything below it, so that a program which forks twice to get away becomes its child. When
the worker has ended, or the supervisor has closed its end of the pipe (by its own death, whatever that was), all that
is left is killed, and what lay in shared memory is removed.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from ssedrill.clock.programs.shared_page import remove_left_by

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
TERMINATE = b"T"
"""What the supervisor writes to have the worker end by itself."""
LOOK_S = 1.0
"""How often dead children of others are reaped."""
KILLING_S = 10.0
"""After so long of killing what begets others faster than they die, it is given up."""


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, if the system has that."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Be killed when the parent dies, if the system has that."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def keep(worker: int, life_fd: int, news_fd: int) -> None:
    """Stay until the worker has ended or nobody holds the other end of ``life_fd``; then end all that is left.

    What became of the worker is written to ``news_fd``.
    """
    _tell(news_fd, {"pid": worker})
    status = _until_over(worker, life_fd)
    end_all_below()
    remove_left_by(worker)
    _tell(news_fd, {"status": status})


def end_all_below() -> None:
    """Kill every descendant; each that dies makes its own children ours."""
    end = time.monotonic() + KILLING_S
    while time.monotonic() < end:
        for child in _children():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.001)
        except ChildProcessError:
            return


def _until_over(worker: int, life_fd: int) -> int | None:
    """Return the worker's wait status; None if it is to be killed."""
    poll = select.poll()
    poll.register(life_fd, select.POLLIN)
    pidfd = os.pidfd_open(worker) if hasattr(os, "pidfd_open") else None
    if pidfd is not None:
        poll.register(pidfd, select.POLLIN)
    while True:
        for fd, _ in poll.poll((LOOK_S if pidfd is not None else 0.02) * 1000):
            if fd == life_fd:
                if os.read(life_fd, 1) != TERMINATE:
                    return None
                os.kill(worker, signal.SIGTERM)
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == worker:
                    return status
                if pid == 0:
                    break


def _children() -> list[int]:
    me = os.getpid()
    try:
        return [int(pid) for pid in Path(f"/proc/{me}/task/{me}/children").read_text("ascii").split()]
    except OSError:
        return _children_by_parent(me)


def _children_by_parent(me: int) -> list[int]:
    """Return the same where the kernel keeps no list: nothing where there is no /proc either."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            if int(stat.read_text("utf-8", "replace").rpartition(")")[2].split()[1]) == me:
                found.append(int(stat.parent.name))
    return found


def _tell(fd: int, news: dict[str, int | None]) -> None:
    with suppress(OSError):  # nobody listens any more
        os.write(fd, json.dumps(news).encode() + b"\n")
