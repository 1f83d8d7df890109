"""Watches, in real time, whether the thread whose turn it is goes on.

It catches the client that neither looks at the clock nor turns the loop (a bare ``while True: pass``), which no count
of :class:`Progress` sees, and the client that waits for what is not on virtual time. It is the one part of the clock
that looks at real time; it goes by the processor time which the client has used, so that a slow or busy machine does
not make it bark.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable

from ssedrill.clock.engine.processor_time import queued_s, used_s
from ssedrill.clock.engine.progress import Progress
from ssedrill.clock.errors import Halt
from ssedrill.clock.raise_in_thread import raise_in_thread

SHOTS = 2
"""How often a thread that can't stop is interrupted before it is given up: it may swallow everything."""

TICK_S = 0.1
IDLE_TICKS = 50
"""After so many without anything to watch the watching thread ends."""


class Watchdog:
    """Watches one run, from the process's watching thread.

    ``give_up`` is called for a thread that can't be brought to go on or to end, with the place where it is.
    """

    def __init__(self, progress: Progress, give_up: Callable[[str], None]) -> None:
        self._progress = progress
        self._give_up = give_up
        self._seen: tuple[int, int] | None = None
        self._cpu = self._began_cpu = self._blocked = 0.0
        self._looked = 0.0
        self._queued: float | None = None
        self._shots = 0
        self._jumps: tuple[int, bool] | None = None
        self._still = 0.0

    def __enter__(self) -> Watchdog:
        WATCHDOG_THREAD.add(self)
        return self

    def __exit__(self, *exc: object) -> None:
        WATCHDOG_THREAD.remove(self)

    def check(self) -> None:
        """Look at the run once; interrupt the thread whose turn it is, or give it up, if it is at fault."""
        progress, limits, runner = self._progress, self._progress.limits, self._progress.runner
        try:
            used = used_s(runner)
        except OSError:
            return
        now = time.monotonic()
        # Only what we looked on counts: the whole machine may have been stopped meanwhile.
        passed = min(now - self._looked, 2 * TICK_S)
        self._looked = now
        self._note_still(passed)
        if self._seen != (progress.turn, runner) or progress.harness_turns:
            self._seen = (progress.turn, runner)
            self._cpu = self._began_cpu = used
            self._blocked, self._shots, self._queued = 0.0, 0, None
            if self._still > limits.still_s:  # a long turn is for the nets below, which can stop it
                self._still = 0.0
                progress.end(f"{limits.still_s:g} s of real time passed while the run's time stood still")
            return
        # Only now, as reading a file hands over the lock of the interpreter, for which the run may have to wait.
        queued = queued_s(runner) or 0.0
        waited = 0.0 if self._queued is None else passed - (queued - self._queued)
        self._queued = queued
        if used - self._cpu > 0.001:
            self._cpu, self._blocked = used, 0.0
        else:
            self._blocked += max(0.0, waited)
        if used - self._began_cpu > limits.cpu_s * (1 + self._shots):
            if self._shots == SHOTS:
                self._seen = None
                self._give_up(_where(runner))
                return
            progress.spun = f"used the processor for {limits.cpu_s:g} s without letting time pass"
            self._shots += 1
            raise_in_thread(runner, Halt)
        elif self._blocked > limits.blocked_s:
            self._seen = None
            self._give_up(_where(runner))

    def _note_still(self, passed: float) -> None:
        """Note for how long the run's time has stood still, or how long a run has gone on that is to end."""
        progress = self._progress
        jumps = (0 if progress.hurried else progress.jumps, progress.hurried)
        self._still = self._still + passed if jumps == self._jumps else 0.0
        self._jumps = jumps


class WatchdogThread:
    """One thread for all runs of the process, as starting one takes a good part of a short run's time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: list[Watchdog] = []
        self._thread: threading.Thread | None = None

    def add(self, watchdog: Watchdog) -> None:
        """Begin to watch."""
        with self._lock:
            self._watched.append(watchdog)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._watch, name="ssedrill-watchdog", daemon=True)
                self._thread.start()

    def remove(self, watchdog: Watchdog) -> None:
        """Stop watching; no interrupt comes after this has returned."""
        with self._lock:
            self._watched.remove(watchdog)

    def _watch(self) -> None:
        idle = 0
        while idle < IDLE_TICKS:
            time.sleep(TICK_S)
            with self._lock:
                idle = 0 if self._watched else idle + 1
                for watchdog in self._watched:
                    watchdog.check()
                if idle >= IDLE_TICKS:
                    self._thread = None


WATCHDOG_THREAD = WatchdogThread()
"""The watching thread of this process; it ends by itself if nothing was watched for a while."""


def _where(ident: int) -> str:
    """Say where a thread is: the innermost calls, outermost first."""
    frame = sys._current_frames().get(ident)
    stack = traceback.extract_stack(frame)[-4:] if frame else []
    return " > ".join(call.name for call in stack) or "a thread that has ended"
