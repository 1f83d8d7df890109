"""Ctrl-C while drills run."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ssedrill.running.interrupt import Interrupt

WORD = b"\nInterrupted: ending the runs under way; once more ends them at once.\n"


@contextmanager
def ctrl_c(interrupt: Interrupt) -> Iterator[None]:
    """Make the first Ctrl-C fire the interrupt, and say so, and the second one raise KeyboardInterrupt.

    SIGTERM, which is how CI cancels a job, does the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def first(signum: int, frame: object) -> None:
        for number in before:
            signal.signal(number, signal.default_int_handler)
        with suppress(OSError):  # past Python's own files, as what was interrupted may be writing to them
            os.write(2, WORD)
        interrupt.fire()

    before = {number: signal.signal(number, first) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
