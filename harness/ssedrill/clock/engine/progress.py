"""Counts what a client does without letting time pass, and ends one that does too much of it.

Clock reads and turns of the loop are counted, and the counts are the same on every machine. A client that does
neither is left to the watchdog.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NoReturn

from ssedrill.clock.engine.blocked_loop import BlockedLoop
from ssedrill.clock.engine.blocked_time import Blocked, BlockedTime
from ssedrill.clock.engine.errors import OutOfReach
from ssedrill.clock.engine.processor_time import queued_s
from ssedrill.clock.errors import Halt

BLOCKED_S = 10.0 if queued_s(threading.get_ident()) is None else 1.0
"""A wait with a shorter timeout of its own goes unnoticed, and ends too early by the run's clock, which stands still.

If the system does not tell a thread that waits from one that gets no processor, a busy machine needs patience."""


@dataclass(frozen=True)
class Limits:
    """How long a client may go on without letting time pass."""

    reads: int = 100_000
    """Clock reads in one turn. So many take a fraction of a second: finding out that a client polls costs little
    beside the run in real time which follows."""
    idle_turns: int = 20_000
    """Turns of the loop without time passing or anything arriving."""
    busy_turns: int = 1_000_000
    """Turns of the loop at one instant, though things arrive: an endless retry without a pause."""
    cpu_s: float = 20.0
    """Processor seconds in one turn."""
    blocked_s: float = BLOCKED_S
    """Real seconds in one turn in which the client uses no processor: it waits for what is not on virtual time."""
    busy_s: float = 60.0
    """Real seconds for which a program may run without waiting for anything."""
    still_s: float = 20.0
    """Real seconds for which the run's time may stand still, whatever happens meanwhile: a deadline is a promise."""


WAITS = "the client waits outside virtual time, for milliseconds at a time"
SURE, UNSURE, LONG_S = 1, 6, 0.3
"""How many more virtual runs are worth it if a client was blocked, and if others may have held it up for so long."""
HURRIED_S = 0.3
"""What is left of the limits in seconds for a run that is to end now."""
LEAST_S = 1e-6
"""So far time has to move to have passed: a timer that is set for now again and again comes a nanosecond later."""

FINE_STEPS = 500
"""After so many short steps one by one somebody waits by sleeping a little again and again, and time takes steps of
COARSE_S at least; after as many again of twice that, up to COARSEST_S. On the real clock such sleeps take longer than
they say as well: Linux wakes whoever sleeps up to 50 us late, and asyncio's loop up to a millisecond."""
COARSE_S, COARSEST_S = 0.000_2, 0.000_8


@dataclass
class Progress:
    """The counts of one run. Turns are counted by the loop, reads by the replaced functions of ``time``."""

    limits: Limits = field(default_factory=Limits)
    spun: str | None = None  # how the client was found spinning
    polls: bool = False  # it looked at the clock, or gave way, all the time: it may only be waiting
    escaped: str | None = None  # how the client was found to do what virtual time does not reach
    worth_another: int = 0  # as that was told by time alone, it may have been the machine: so many runs may tell
    unsure: bool = False  # whether the client was blocked, or another thread has held it up
    loop: BlockedLoop = field(default_factory=BlockedLoop)
    measure: BlockedTime | None = None  # of the thread whose turn it is; None for the loop's
    gave_up: bool = False  # a thread that did not go on for seconds
    overdue: str | None = None  # why the run is to end at once, wherever it is
    ended_for: str | None = None  # the first such reason; its end may have to be asked for again
    hurried: bool = False
    jumps: int = 0  # how often time has moved on
    turn: int = 0
    harness_turns: int = 0  # while not 0, whoever does not go on is the harness itself
    runner: int = 0  # identifies the thread whose turn it is
    _counted: float = -1.0  # when time has last moved by as much as counts
    _fine_steps: int = 0
    _reads: int = 0
    _idle_turns: int = 0
    _busy_turns: int = 0

    @property
    def in_order(self) -> bool:
        """Nothing has been found against the client."""
        return not (self.spun or self.escaped or self.ended_for or self.hurried)

    def hurry(self) -> None:
        """End the run after HURRIED_S in real time, if it has not ended by itself; from any thread."""
        short = HURRIED_S
        self.limits = replace(self.limits, cpu_s=short, blocked_s=short, busy_s=short, still_s=short)
        self.hurried = True

    def note_blocked(self, blocked: Blocked) -> bool:
        """Note for how long a client was blocked; return True if that is newly found to be outside virtual time."""
        if not self.in_order or not blocked.seconds:  # who is ended for something else may be held up by that
            return False
        if not blocked.sure and blocked.seconds < LONG_S:  # the run goes on: it may come to something else
            self.unsure = True
            return False
        self.escaped, self.worth_another = WAITS, SURE
        return True

    def escape(self, why: str) -> NoReturn:
        """End a client that goes where virtual time does not reach; raises Halt, in its thread."""
        self.escaped = why
        raise Halt(why)

    @contextmanager
    def harness_at_work(self) -> Iterator[None]:
        """Bear with a wait of the harness's own in a client's turn; in the thread whose turn it is."""
        self.harness_turns += 1
        try:
            yield
        finally:
            self.harness_turns -= 1
            self.turn += 1

    @contextmanager
    def excused(self) -> Iterator[None]:
        """Let the thread whose turn it is be blocked: by an import, or by how threads begin and end."""
        blocked = BlockedTime()
        blocked.begin()
        try:
            yield
        finally:
            (self.measure or self.loop.time).excused_s += max(0.0, blocked.seconds())
            blocked.close()

    def passed(self, now: float) -> None:
        """Note that time has moved on; steps too small to lead anywhere do not count."""
        self.turn += 1
        if now < self._counted + LEAST_S:
            return
        self._counted = now
        self.jumps += 1
        self._reads = self._idle_turns = self._busy_turns = 0

    def coarsened(self, now: float, due: float) -> float:
        """Return the moment to move to if the next thing is due then: a later one, if too many were due so soon."""
        if due - now < LEAST_S:
            return due
        least = COARSE_S
        if self._fine_steps >= FINE_STEPS:
            least = min(COARSE_S * 2 ** (self._fine_steps // FINE_STEPS - 1), COARSEST_S)
        if due - now > 0.75 * least:
            self._fine_steps = 0
            return due
        self._fine_steps += 1
        return now + least if self._fine_steps > FINE_STEPS else due

    def end(self, why: str) -> None:
        """Have the run end at once, wherever it is; from any thread."""
        self.ended_for = self.ended_for or why
        self.overdue = self.ended_for

    def check(self) -> None:
        """Raise OutOfReach if the run is to end at once; in the loop's thread, while the harness is at work."""
        if (why := self.overdue) is not None:
            self.overdue = None  # what is left behind is ended on the same loop
            self.hurry()
            raise OutOfReach(why)

    def turned(self, arrived: bool) -> bool:
        """Note one turn of the loop; return True if the client is found at fault."""
        self.turn += 1
        self._reads = 0
        self._busy_turns += 1
        self._idle_turns = 0 if arrived else self._idle_turns + 1
        self.loop.look()
        if self.note_blocked(self.loop.found):
            return True
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
        """Note one look at the clock, or one operation that could have waited; raises Halt if there are too many."""
        self._reads += 1
        if self.overdue is not None:
            raise Halt(self.overdue)
        if self._reads > self.limits.reads:
            self.polls = True
            self.spun = f"looked at the clock {self.limits.reads} times without letting time pass"
            raise Halt(self.spun)
