"""Children that run tests, a few at a time; none outlives its limit, nor the command."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
import traceback
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

BROKEN = 70
"""The exit code of a child whose work could not be done."""

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Ended(Generic[T]):
    """A child that is over."""

    thing: T
    code: int  # its exit code; negative: the signal that ended it
    cpu_s: float


def in_children(
    work: Callable[[T], int], things: Iterable[T], *, jobs: int, wall_s: float
) -> Generator[Ended[T], None, None]:
    """Do the work for each thing in a forked child, and give each as it ends."""
    left = iter(things)
    running: dict[int, tuple[T, float]] = {}
    more = True
    try:
        while more or running:
            while more and len(running) < jobs:
                try:
                    thing = next(left)
                except StopIteration:
                    more = False
                    break
                running[forked(work, thing)] = (thing, time.monotonic())
            for pid, (thing, since) in list(running.items()):
                done, status, usage = os.wait4(pid, os.WNOHANG)
                if done:
                    _end_session(pid)  # whatever its tests have left behind
                    del running[pid]
                    yield Ended(thing, os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime)
                elif time.monotonic() - since > wall_s:
                    _end_session(pid)
            time.sleep(_LOOK_EVERY_S)
    finally:
        for pid in running:
            _end_session(pid)
            os.waitpid(pid, 0)


def limit_cpu(cpu_s: float) -> None:
    """Have this process ended when it has used so much processor time."""
    limit = max(1, round(cpu_s))
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))


def forked(work: Callable[[T], int], thing: T) -> int:
    """Do the work in a child, and return its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = BROKEN
    try:
        os.setsid()  # Ctrl-C is for the parent, who ends the whole session
        _end_with_parent()
        code = work(thing)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _end_with_parent() -> None:
    """Have this process ended if its parent is killed, and can't do it itself."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_session(pid: int) -> None:
    """End a child and all of its session, which it may not have begun yet."""
    for end in (os.kill, os.killpg):
        with suppress(ProcessLookupError, PermissionError):
            end(pid, signal.SIGKILL)
