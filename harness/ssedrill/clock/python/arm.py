"""What a thread of a drill can wait for, set up on the loop while the thread does not run."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeAlias

from ssedrill.clock.engine.loop import VirtualLoop

Finish: TypeAlias = Callable[[bool], None]
"""Called once, in the loop's thread, when what was waited for has come (True) or the time is over (False)."""
Arm: TypeAlias = Callable[[Finish], Callable[[], None]]
"""Sets something up, in the loop's thread, that will call ``finish`` once; returns what takes it down again."""

READ, WRITE = select.POLLIN | select.POLLPRI, select.POLLOUT


def never(finish: Finish) -> Callable[[], None]:
    """Arm nothing: it does not come."""
    return nothing


def nothing() -> None:
    """Take down what needs no taking down."""


def after(loop: VirtualLoop, seconds: float) -> Arm:
    """Return what is over after virtual seconds."""
    return lambda finish: loop.call_later(seconds, finish, True).cancel


def when_ready(loop: VirtualLoop, files: Iterable[tuple[int, int]]) -> Arm:
    """Return what has come when one of the files (descriptor, poll mask) is ready."""
    wanted = list(files)

    def arm(finish: Finish) -> Callable[[], None]:
        for fd, mask in wanted:
            try:
                if mask & READ:
                    loop.add_reader(fd, finish, True)
                if mask & WRITE:
                    loop.add_writer(fd, finish, True)
            except OSError:  # not a kind of file that one can wait for: it is always ready
                loop.call_soon(finish, True)
        return disarm

    def disarm() -> None:
        for fd, mask in wanted:
            with suppress(OSError, ValueError):
                if mask & READ:
                    loop.remove_reader(fd)
                if mask & WRITE:
                    loop.remove_writer(fd)

    return arm


def with_timeout(loop: VirtualLoop, arm: Arm, timeout: float | None) -> Arm:
    """Return what also finishes, with False, after virtual seconds; None for no such end."""
    if timeout is None:
        return arm

    def both(finish: Finish) -> Callable[[], None]:
        timer = loop.call_later(timeout, finish, False)
        disarm = arm(finish)

        def disarm_both() -> None:
            timer.cancel()
            disarm()

        return disarm_both

    return both


def once(func: Finish) -> Finish:
    """Return a function that passes on its first call only."""
    called = False

    def first(value: bool) -> None:
        nonlocal called
        if not called:
            called = True
            func(value)

    return first
