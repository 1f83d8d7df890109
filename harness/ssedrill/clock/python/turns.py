"""A thread that runs only when it is its turn: exactly one of the loop and its threads runs at any time.

A thread that would block yields its turn to the loop, together with what it waits for. The loop gives it its next
turn when that has come, in virtual time, and itself stands still while the thread runs. So a blocking client is as
deterministic as a coroutine. A turn begins and ends with a lock, never timed: the watchdog alone knows real time.
"""

from __future__ import annotations

import asyncio
import threading
from _thread import allocate_lock, get_ident
from collections.abc import Callable, Iterable
from typing import Any

from ssedrill.clock.engine.blocked_time import BlockedTime
from ssedrill.clock.engine.errors import OutOfReach
from ssedrill.clock.engine.loop import VirtualLoop
from ssedrill.clock.engine.progress import WAITS, Progress
from ssedrill.clock.errors import Halt, Spinning
from ssedrill.clock.python.arm import Arm, Finish, after, nothing, once, when_ready, with_timeout
from ssedrill.clock.python.overrides import PATCHES, Overrides
from ssedrill.clock.raise_in_thread import raise_in_thread


class TurnThread:
    """One thread and its turns. All but ``call`` and what builds on it happens in the loop's thread."""

    def __init__(self, loop: VirtualLoop, progress: Progress, alive: set[TurnThread]) -> None:
        self._loop = loop
        self._progress = progress
        self._alive = alive  # of this run, the threads that have not ended
        self._my_turn, self._yielded, self._there = allocate_lock(), allocate_lock(), allocate_lock()
        for lock in (self._my_turn, self._yielded, self._there):
            lock.acquire()
        self._arm: Arm | None = None
        self._disarm: Callable[[], None] | None = None
        self._value = False
        self._halted = False
        self._result: Any = None
        self._error: BaseException | None = None
        self.over = False
        self.given_up: str | None = None  # where the thread was then
        self.ident = 0
        self._loop_ident = 0
        self.done: asyncio.Future[Any] = loop.create_future()
        self._listeners: list[Callable[[], object]] = []
        self._blocked = BlockedTime()

    def start(self, func: Callable[[], Any], overrides: Overrides) -> asyncio.Future[Any]:
        """Run the function in a thread of its own; the first turn is now. The future has its result."""
        thread = threading.Thread(target=self.body, args=(func, overrides), name="ssedrill-client", daemon=True)
        with PATCHES.bypassed(), self._progress.loop.apart():
            thread.start()
        self.ident = thread.ident or 0
        self._alive.add(self)
        self.step(False)
        return self.done

    def adopt(self, thread: threading.Thread, start: Callable[[], None], overrides: Overrides) -> None:
        """Start a thread that a client has made; it gets its first turn when the others let it."""
        run = thread.run

        def body() -> None:
            self.body(run, overrides)
            if isinstance(self._error, Exception):
                raise self._error  # for threading's own hook, as without us

        setattr(thread, "run", body)  # noqa: B010 - a method, for mypy
        with PATCHES.bypassed(), self._progress.excused():
            start()
            self._there.acquire()  # it may hold the interpreter's lock until it waits: that would look like our wait
        self.ident = thread.ident or 0
        self._alive.add(self)
        self._loop.call_soon_threadsafe(self.step, False)

    def body(self, func: Callable[[], Any], overrides: Overrides) -> None:
        """Be the thread: wait for the first turn, run the function, yield for good."""
        with PATCHES.active(overrides):
            self._there.release()
            self._my_turn.acquire()
            self._blocked.begin()
            try:
                if not self._halted:
                    self._result = func()
                    self._note_blocked()
            except BaseException as error:
                self._error = error
            self._blocked.close()
        self.over = True
        if self.given_up is None:
            self._yield()

    def step(self, value: bool) -> None:
        """Let the thread run until it waits again or ends."""
        if self.over or self.given_up is not None:
            return
        progress, self._loop_ident = self._progress, get_ident()
        self._value = value
        progress.runner = self.ident
        progress.turn += 1
        with progress.loop.apart():
            progress.measure = self._blocked
            self._my_turn.release()
            self._yielded.acquire()
            progress.measure = None
        progress.runner = self._loop_ident
        progress.turn += 1
        if self.over or self.given_up is not None:
            self._end()
        elif self._arm is not None:
            self._disarm = self._arm(once(self._resume))

    def halt(self) -> None:
        """End the thread: whatever it waits for raises in it, now and from now on."""
        self._halted = True
        if self._disarm is not None:
            self._disarm()
            self._disarm = None
        self.step(False)

    def give_up(self, where: str) -> None:
        """Go on without the thread, which does not yield its turn; called by the watchdog, in real time."""
        self.given_up = where
        self._halted = True
        raise_in_thread(self.ident, Halt)
        self._yielded.release()

    def on_end(self, listener: Callable[[], object]) -> None:
        """Call this when the thread has ended, from the loop's thread; at once if it has."""
        if self.over:
            listener()
        else:
            self._listeners.append(listener)

    def _resume(self, value: bool) -> None:
        if self._disarm is not None:
            self._disarm()
            self._disarm = None
        self.step(value)

    def _end(self) -> None:
        self._alive.discard(self)
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()
        if self.done.done():
            return
        if self.given_up is not None:
            self.done.set_exception(OutOfReach(f"the client waits outside virtual time, in {self.given_up}"))
        elif isinstance(self._error, Halt):
            self.done.set_exception(Spinning(str(self._error) or self._progress.spun or "halted"))
        elif isinstance(self._error, StopIteration):  # a future can't hold it
            self.done.set_exception(RuntimeError("StopIteration"))
        elif self._error is not None:
            self.done.set_exception(self._error)
        else:
            self.done.set_result(self._result)
        self.done.exception()  # an abandoned client's error is nobody's business

    # In the client's thread.

    def call(self, arm: Arm) -> bool:
        """Yield until what is armed calls ``finish``; return the value that it gives."""
        self._progress.read()
        if self._halted:
            raise Halt("the drill is over")
        self._note_blocked()
        self._arm = arm
        self._yield()
        self._my_turn.acquire()
        self._blocked.begin()
        if self._halted:
            raise Halt("the drill is over")
        return self._value

    def _note_blocked(self) -> None:
        """End a run in which a turn has waited for what is not on virtual time."""
        if self._progress.note_blocked(self._blocked.end()):
            raise Halt(WAITS)

    def _yield(self) -> None:
        """End the turn: from here on it is the loop's thread that goes on or not, even while it gets no processor."""
        self._progress.runner = self._loop_ident
        self._progress.turn += 1
        self._yielded.release()

    def sleep(self, seconds: float) -> None:
        """Wait for virtual seconds."""
        self.call(after(self._loop, seconds))

    def wait(self, files: Iterable[tuple[int, int]], timeout: float | None) -> bool:
        """Wait until one of the files (descriptor, poll mask) is ready; return whether one is."""
        return self.call(with_timeout(self._loop, when_ready(self._loop, files), timeout))

    def join(self, other: TurnThread, timeout: float | None) -> bool:
        """Wait for another thread's end; return whether it has ended."""

        def arm(finish: Finish) -> Callable[[], None]:
            other.on_end(lambda: self._loop.call_soon(finish, True))
            return nothing

        return other.over or self.call(with_timeout(self._loop, arm, timeout))
