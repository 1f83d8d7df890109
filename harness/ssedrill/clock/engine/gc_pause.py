"""Pauses the garbage collector while virtual runs are on.

When it runs depends on all that the process has done before, and it closes the sockets of clients that forgot to: on
the wire that looks like leaving. The collector is the process's, so runs that overlap share one count.
"""

from __future__ import annotations

import gc
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class GcPause:
    """How many runs want the collector paused, and whether it was on before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = 0
        self._was_on = False

    @contextmanager
    def during_run(self) -> Iterator[None]:
        """Pause the collector; what a run has left behind is collected at its end."""
        with self._lock:
            if self._runs == 0:
                self._was_on = gc.isenabled()
            self._runs += 1
            gc.disable()
        try:
            yield
        finally:
            with self._lock:
                self._runs -= 1
                on = self._was_on
                if on and self._runs == 0:
                    gc.enable()
            if on:
                gc.collect(1)


def collect_quietly() -> None:
    """Collect what a run that was broken off has left: its sockets are open by no fault of the client's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


GC_PAUSE = GcPause()
"""This process's."""
