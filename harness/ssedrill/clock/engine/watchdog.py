"""Catches clients that keep running without letting time pass, and clients that wait where we can't see them.

Three nets, the finest first. Clock reads and turns of the loop are counted, and the counts are the same on every
machine. Only a client that does neither (a bare ``while True: pass``) is left to a watchdog thread, the one
place that looks at real time; it goes by the processor time which the client has used, so that a slow or busy
machine does not make it bark.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NoReturn

from ssedrill.clock.errors import Halt


def _queued_s(ident: int) -> float | None:
    """Return for how long a thread has waited for a processor in all its life, or None where nobody tells."""
    thread = threading.main_thread() if ident == threading.main_thread().ident else None
    thread = thread or next((thread for thread in threading.enumerate() if thread.ident == ident), None)
    try:
        with open(f"/proc/self/task/{thread.native_id if thread else None}/schedstat", "rb") as file:
            ran, queued, _ = map(int, file.read().split())
    except (OSError, ValueError):
        return None
    return queued / 1e9 if ran else None


BLOCKED_S = 10.0 if _queued_s(threading.get_ident()) is None else 1.0
"""A wait with a shorter timeout of its own goes unnoticed, and ends too early by the run's clock, which stands still.

Where the system does not tell a thread that waits from one that gets no processor, a busy machine needs patience."""


@dataclass(frozen=True)
class Limits:
    """How long a client may go on without letting time pass."""

    reads: int = 1_000_000
    """Clock reads in one turn."""
    idle_turns: int = 100_000
    """Turns of the loop without time passing or anything arriving."""
    busy_turns: int = 1_000_000
    """Turns of the loop at one instant, though things arrive: an endless retry without a pause."""
    cpu_s: float = 20.0
    """Processor seconds in one turn."""
    blocked_s: float = BLOCKED_S
    """Real seconds in one turn in which the client uses no processor: it waits outside virtual time."""
    busy_s: float = 60.0
    """Real seconds for which a program may run without waiting for anything."""


HURRIED_S = 0.5
"""What is left of the limits in seconds for a run that is to end now."""


@dataclass
class Guard:
    """The counts of one run. Turns are counted by the loop, reads by the clock's dispatchers."""

    limits: Limits = field(default_factory=Limits)
    spun: str | None = None  # how the client was found spinning
    polls: bool = False  # it looked at the clock, or gave way, all the time: it may only be waiting
    outside: str | None = None  # how it was found waiting where virtual time does not reach
    turn: int = 0
    bearing: int = 0  # while not 0, whoever does not go on is the harness itself
    runner: int = 0  # identifies the thread whose turn it is
    _reads: int = 0
    _idle_turns: int = 0
    _busy_turns: int = 0

    def hurry(self) -> None:
        """Bear with a client that holds the run up for HURRIED_S only; from any thread."""
        self.limits = replace(self.limits, cpu_s=HURRIED_S, blocked_s=HURRIED_S, busy_s=HURRIED_S)

    def leave(self, why: str) -> NoReturn:
        """End a client that goes where virtual time does not reach; raises Halt, in its thread."""
        self.outside = why
        raise Halt(why)

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Bear with a wait of the harness's own in a client's turn; in the thread whose turn it is."""
        self.bearing += 1
        try:
            yield
        finally:
            self.bearing -= 1
            self.turn += 1

    def passed(self) -> None:
        """Note that time has moved on."""
        self.turn += 1
        self._reads = self._idle_turns = self._busy_turns = 0

    def turned(self, arrived: bool) -> bool:
        """Note one turn of the loop; return True when the client is found to be spinning."""
        self.turn += 1
        self._reads = 0
        self._busy_turns += 1
        self._idle_turns = 0 if arrived else self._idle_turns + 1
        if self._idle_turns > self.limits.idle_turns:
            self.spun = f"{self.limits.idle_turns} turns of the event loop in which neither time nor data moved"
        elif self._busy_turns > self.limits.busy_turns:
            self.spun = f"{self.limits.busy_turns} turns of the event loop at one instant"
        else:
            return False
        self._idle_turns = self._busy_turns = 0
        self.polls = True
        return True

    def read(self) -> None:
        """Note one look at the clock, or one operation that could have waited; raises Halt on too many."""
        self._reads += 1
        if self._reads > self.limits.reads:
            self.polls = True
            self.spun = f"looked at the clock {self.limits.reads} times without letting time pass"
            raise Halt(self.spun)


SHOTS = 2
"""How often a thread that can't stop is interrupted before it is given up: it may swallow everything."""

TICK_S = 0.1


class Watchdog:
    """Watches one run, in real time, from the process's sentry thread."""

    def __init__(self, guard: Guard, on_blocked: Callable[[str], None]) -> None:
        self._guard = guard
        self._on_blocked = on_blocked
        self._seen: tuple[int, int] | None = None
        self._cpu = self._began_cpu = self._blocked = 0.0
        self._looked = self._queued = 0.0
        self._shots = 0

    def __enter__(self) -> Watchdog:
        SENTRY.add(self)
        return self

    def __exit__(self, *exc: object) -> None:
        SENTRY.remove(self)

    def check(self) -> None:
        """Look at the run once; interrupt the thread whose turn it is, or give it up, where it is at fault."""
        guard, limits, runner = self._guard, self._guard.limits, self._guard.runner
        try:
            used = _cpu_s(runner)
        except OSError:
            return
        queued = _queued_s(runner) or 0.0
        now = time.monotonic()
        # Only what we looked on counts: the whole machine may have been stopped meanwhile.
        waited = min(now - self._looked, 2 * TICK_S) - (queued - self._queued)
        self._looked, self._queued = now, queued
        if self._seen != (guard.turn, runner) or guard.bearing:
            self._seen = (guard.turn, runner)
            self._cpu = self._began_cpu = used
            self._blocked, self._shots = 0.0, 0
            return
        if used - self._cpu > 0.001:
            self._cpu, self._blocked = used, 0.0
        else:
            self._blocked += max(0.0, waited)
        if used - self._began_cpu > limits.cpu_s * (1 + self._shots):
            if self._shots == SHOTS:
                self._seen = None
                self._on_blocked(_where(runner))
                return
            guard.spun = f"used the processor for {limits.cpu_s:g} s without letting time pass"
            self._shots += 1
            _raise_in(runner, Halt)
        elif self._blocked > limits.blocked_s:
            self._seen = None
            self._on_blocked(_where(runner))


class Sentry:
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
                self._thread = threading.Thread(target=self._watch, name="ssedrill-sentry", daemon=True)
                self._thread.start()

    def remove(self, watchdog: Watchdog) -> None:
        """Stop watching; no interrupt comes after this has returned."""
        with self._lock:
            self._watched.remove(watchdog)

    def _watch(self) -> None:
        quiet = 0
        while quiet < 50:
            time.sleep(TICK_S)
            with self._lock:
                quiet = 0 if self._watched else quiet + 1
                for watchdog in self._watched:
                    watchdog.check()
                if quiet >= 50:
                    self._thread = None


SENTRY = Sentry()
"""The watching thread of this process; it ends by itself when nothing was watched for a while."""


def _cpu_s(ident: int) -> float:
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time()
    return time.clock_gettime(time.pthread_getcpuclockid(ident))


def _raise_in(ident: int, error: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(error))


def _where(ident: int) -> str:
    """Say where a thread stands: the innermost calls, outermost first."""
    frame = sys._current_frames().get(ident)
    stack = traceback.extract_stack(frame)[-4:] if frame else []
    return " > ".join(call.name for call in stack) or "a thread that has ended"
