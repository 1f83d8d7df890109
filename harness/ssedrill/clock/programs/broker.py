"""Asks programs on the virtual clock whether they can do anything more, and moves their time.

A program is quiet when each of its threads either waits in a function of the preloaded library, and has confirmed
after a ping that there is nothing for it, or sleeps in the kernel for good reasons of its own (waiting for another
thread). Nobody may have run in between, so the sleepers are looked at twice and their context switches compared, the
kernel is asked whether they have left their processors, and the ping comes after that: a thread that was woken
meanwhile shows by having left its slot.
"""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from ssedrill.clock.engine.errors import VirtualUnavailable
from ssedrill.clock.engine.progress import Progress
from ssedrill.clock.programs.page_layout import NEVER
from ssedrill.clock.programs.proc_threads import ProcThreads, has_mapped
from ssedrill.clock.programs.shared_page import SharedPage, Slot
from ssedrill.clock.programs.syscalls import timed
from ssedrill.clock.python.overrides import PATCHES

ANSWER_S = 10.0
"""Real seconds in which a waiting thread has to confirm a ping."""
THAW_S = 0.25
"""Real seconds of quiet after which time may pass although the program has not connected yet.

Loading a runtime takes real time, and the timers that the runtime sets meanwhile must not be jumped to."""
STRANGER_S = 1.0
"""Real seconds after which a process that is not on the clock is one that will not be."""


class Broker:
    """All programs of one run."""

    def __init__(self, page: SharedPage, progress: Progress) -> None:
        self._page = page
        self._proc = ProcThreads()
        self._progress = progress
        self._roots: set[int] = set()
        self._members: dict[int, bytes] = {}  # processes on the clock, and a mark of the program that each runs
        self._threads: list[tuple[int, int]] = []  # as of the last look, process and thread
        self._hellos = 0
        self._strange_since: float | None = None
        self._unborn_since: float | None = None
        self._never_born = 0  # forks that have failed, as far as one can tell
        self._thawed = False
        self._given_up = False
        self._next = (NEVER, math.inf)
        self._nap: Callable[[float], None] = PATCHES.original("time.sleep")
        self._real: Callable[[], float] = PATCHES.original("time.monotonic")

    def close(self) -> None:
        """Kill what is left of the programs, wherever they went: their clock stands still. Give everything back."""
        self._greet()
        for pid in list(self._members):
            if self._on_the_clock(pid):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        self._proc.close()

    def add(self, pid: int) -> None:
        """Take in a program that was just started; returns when it is on the clock.

        Raises VirtualUnavailable if it does not get there.
        """
        self._roots.add(pid)
        self._page.give_turn(programs=True)
        self._given_up = False
        end = self._real() + ANSWER_S
        while True:
            self._check()
            self._greet()
            if self._page.broken:
                self._give_up(self._page.broken)
            ended, came = self._proc.gone(pid, pid), pid in self._page.hellos()[1]
            if pid in self._members or (ended and came):  # it said so before it ended
                self._strange_since = None
                return
            if came:  # and has become another program before anybody looked
                self._stranger()
            if ended or self._real() > end:
                self._give_up("the program has not loaded the preloaded clock")
            self._nap(0.0002)

    def remove(self, pid: int) -> None:
        """Forget a program that has ended and been waited for."""
        self._roots.discard(pid)
        self._members.pop(pid, None)

    def alive(self) -> bool:
        """See ExternalClients."""
        if self._given_up:
            return False
        if not self._roots:
            self._members = {pid: image for pid, image in self._members.items() if not self._proc.gone(pid, pid)}
        return bool(self._roots or self._members) or self._expecting()

    def settle(self) -> None:
        """See ExternalClients. Raises VirtualUnavailable if a program turns out not to be on the clock."""
        self._page.give_turn(programs=True)
        self._settle()
        self._page.give_turn(programs=False)

    def _settle(self) -> None:
        began = quiet_since = None
        while not self._given_up:
            self._check()
            if self._page.broken:
                self._give_up(self._page.broken)
            if self._quiet():
                if self._thawed or self._page.connected or not self.alive():
                    return
                now = self._real()
                quiet_since = now if quiet_since is None else quiet_since
                if now - quiet_since >= THAW_S:
                    self._thawed = True
                    return
                self._nap(0.01)
                continue
            quiet_since = None
            began = began if began is not None else self._real()
            waited = self._real() - began
            limit = self._progress.limits.busy_s
            if waited > limit:
                self._give_up(f"the program kept running for {limit:g} s without waiting for anything")
            self._nap(0 if waited < 0.002 else 0.00005 if waited < 0.1 else 0.001)

    def next_s(self) -> float:
        """See ExternalClients."""
        slots = self._page.slots() or [] if self.alive() else []  # else they are of threads that were killed
        ns = min((slot.deadline for slot in slots), default=NEVER)
        self._next = (ns, math.inf if ns == NEVER else ns / 1e9)
        return self._next[1]

    def move_to(self, now: float) -> None:
        """See ExternalClients."""
        ns, at = self._next
        self._page.move(ns if now == at else round(now * 1e9))

    def _quiet(self) -> bool:
        page, proc = self._page, self._proc
        if self._expecting():
            return False
        self._greet()
        enters, slots = page.enters, page.slots()
        if slots is None or any(slot.ack != page.ping for slot in slots):
            self._sweep(page.taken())
            return False
        waiting = {slot.tid for slot in slots}
        sleepers = [thread for thread in self._threads if thread[1] not in waiting]
        before = [proc.sleep(*thread) for thread in sleepers]
        if None in before:
            return False
        # Between the two looks nobody has run, so nobody has started what is not on the list made in between.
        threads, strange = self._enumerate()
        if threads != self._threads:
            self._threads = threads
            return False
        if strange:
            self._stranger()
            return False
        self._strange_since = None
        waits = self._waits(sleepers)
        if None in waits or before != [proc.sleep(*thread) for thread in sleepers] or page.enters != enters:
            return False
        for line in waits:  # of threads that have not run since they were seen to have no slot in the page
            if line and (call := timed(line)):
                self._give_up(f"the program waits by the kernel's clock ({call})")
        return self._all_confirm(slots) and page.enters == enters

    def _waits(self, threads: list[tuple[int, int]]) -> list[str | None]:
        """Return what each of these threads waits in; None for one that runs."""
        try:
            return [self._proc.waits_in(*thread) for thread in threads]
        except PermissionError:
            self._give_up("the kernel does not say whether a thread of the program sleeps")

    def _enumerate(self) -> tuple[list[tuple[int, int]], bool]:
        """Return all threads of all processes, and whether one of these is not on the clock."""
        proc, threads, strange = self._proc, [], False
        pids = sorted(self._roots | self._members.keys())
        for pid in pids:  # grows while we go
            tids = proc.of(pid)
            if not tids or (tids == [pid] and proc.gone(pid, pid)):
                continue  # it has ended, and perhaps nobody has noticed yet
            strange = strange or not self._on_the_clock(pid)
            pids += [child for child in proc.children(pid, tids) if child not in pids]
            threads += [(pid, tid) for tid in tids]
        return threads, strange

    def _all_confirm(self, slots: list[Slot]) -> bool:
        page = self._page
        ping, left, end = page.raise_ping(), False, self._real() + ANSWER_S
        turns = 0
        missing = slots
        while missing:
            self._check()
            answers = [(slot, page.acked(slot, ping)) for slot in missing]
            left = left or any(answer is None for _, answer in answers)
            missing = [slot for slot, answer in answers if answer is False]
            if missing:
                self._nap(0)
                if turns % 100 == 99:
                    self._sweep(missing)  # threads of a program that was killed never answer
                turns += 1
                if self._real() > end:
                    self._give_up("a waiting thread of the program does not answer the clock")
        return not left

    def _sweep(self, slots: list[Slot]) -> None:
        for slot in slots:
            if self._proc.gone(slot.pid, slot.tid):
                self._page.clear(slot)

    def _check(self) -> None:
        """Stop asking if the run is to end now."""
        if self._progress.overdue is not None:
            self._given_up = True
            self._page.give_turn(programs=True)
            self._progress.check()

    def _greet(self) -> None:
        """Note the processes that have said hello since the last look."""
        count, pids = self._page.hellos()
        if count != self._hellos:
            self._hellos = count
            for pid in pids:
                self._on_the_clock(pid)

    def _on_the_clock(self, pid: int) -> bool:
        """Tell whether a process has the page in its memory: its program is another one after each exec."""
        image = self._proc.image(pid)
        if self._members.get(pid) == image:
            return True
        self._members.pop(pid, None)
        if has_mapped(pid, self._page.file):
            self._members[pid] = image
        return pid in self._members

    def _expecting(self) -> bool:
        """Tell whether a process is being made; one that has not come after a while never will."""
        unborn = self._page.unborn - self._never_born
        if unborn <= 0:
            self._unborn_since = None
            return False
        now = self._real()
        if self._unborn_since is None:
            self._unborn_since = now
        elif now - self._unborn_since > STRANGER_S:
            self._never_born += unborn
        return True

    def _stranger(self) -> None:
        now = self._real()
        if self._strange_since is None:
            self._strange_since = now
        elif now - self._strange_since > STRANGER_S:
            self._give_up("the program has started another one that is not on the virtual clock")

    def _give_up(self, reason: str) -> NoReturn:
        self._given_up = True
        self._page.give_turn(programs=True)
        raise VirtualUnavailable(reason)
