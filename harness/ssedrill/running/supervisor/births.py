"""Has workers born, by a process that does nothing else."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from ssedrill.running.worker.nursery import Descriptors, run_nursery

BOOT = (
    "import sys; sys.path[:] = {path!r}; from ssedrill.running.worker.nursery import run_nursery; run_nursery({fd})"
)
LEAVE_S = 15.0
POSSIBLE = hasattr(os, "fork") and hasattr(socket, "send_fds")
"""Whether this system can have workers; where it can't, clients run in the supervisor's own process."""


class NoWorkers(RuntimeError):
    """No process can be started for the runs."""


class Nursery:
    """The process that forks workers; it is started when it is first needed, and again if somebody has killed it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._wait: Callable[[], object] = lambda: None

    def fork_now(self) -> None:
        """Fork this process for it, which must have one thread and nothing in it that a worker should not have."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            run_nursery(theirs.detach())
        theirs.close()
        self._began(ours, partial(_wait_for, pid))

    def bear(self, fds: Descriptors) -> None:
        """Have a worker born that has these descriptors."""
        with self._lock:
            for _ in range(2):
                if self._control is None:
                    self._start()
                assert self._control is not None
                try:
                    socket.send_fds(self._control, [b"W"], fds)
                except OSError:
                    self._end()
                else:
                    return
        raise NoWorkers("the process that starts workers ends as soon as it is started")

    def close(self) -> None:
        """Let it end; what it has born has ended before, or ends now."""
        with self._lock:
            self._end()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            code = BOOT.format(path=sys.path, fd=theirs.fileno())
            flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # multiprocessing's way
            process = subprocess.Popen(
                [sys.executable, *flags, "-c", code],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._began(ours, partial(process.wait, LEAVE_S))

    def _began(self, control: socket.socket, wait: Callable[[], object]) -> None:
        self._control, self._wait = control, wait
        atexit.register(self.close)

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
            with suppress(subprocess.TimeoutExpired):
                self._wait()


def _wait_for(pid: int) -> None:
    """Wait for a child's end, but not for ever."""
    end = time.monotonic() + LEAVE_S
    with suppress(ChildProcessError):
        while os.waitpid(pid, os.WNOHANG)[0] == 0 and time.monotonic() < end:
            time.sleep(0.002)


NURSERY = Nursery()
"""This process's."""
