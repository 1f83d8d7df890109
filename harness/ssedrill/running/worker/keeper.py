"""The process above a worker: it runs nothing of a client's, and outlives the worker to end what is left of it.

It is the subreaper of everything below it, so that a program which forks twice to get away becomes its child. When
the worker has ended, or the supervisor has closed its end of the pipe (by its own death, whatever that was), all that
is left is killed, and what lay in shared memory is removed.
"""

from __future__ import annotations

import json
import os
import select
import signal
from contextlib import suppress

from ssedrill.clock.programs.shared_page import remove_left_by
from ssedrill.drivers.reaper import end_all_below

TERMINATE = b"T"
"""What the supervisor writes to have the worker end by itself."""
LOOK_S = 1.0
"""How often dead children of others are reaped."""


def keep(worker: int, life_fd: int, news_fd: int) -> None:
    """Stay until the worker has ended or nobody holds the other end of ``life_fd``; then end all that is left.

    What became of the worker is written to ``news_fd``.
    """
    _tell(news_fd, {"pid": worker})
    status = _until_over(worker, life_fd)
    end_all_below()
    remove_left_by(worker)
    _tell(news_fd, {"status": status})


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


def _tell(fd: int, news: dict[str, int | None]) -> None:
    with suppress(OSError):  # nobody listens any more
        os.write(fd, json.dumps(news).encode() + b"\n")
