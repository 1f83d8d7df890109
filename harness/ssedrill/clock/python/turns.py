"""A thread that runs only when it is its turn: exactly one of the loop and its threads runs at any time.

A client that blocks hands the baton to the loop together with what it waits for; the loop hands it back when that
has come, in virtual time, and itself stands still while the thread runs. So a blocking client is as deterministic
as a coroutine. The hand-overs are two locks, never timed: the watchdog alone knows real time.
"""

from __future__ import annotations

import asyncio
import ctypes
import select
import threading
from _thread import allocate_lock, get_ident
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeAlias

from ssedrill.clock.engine.errors import BlockedOutside
from ssedrill.clock.engine.loop import VirtualLoop
from ssedrill.clock.engine.watchdog import Guard
from ssedrill.clock.errors import Halt, Spinning
from ssedrill.clock.python.overrides import PATCHES, Stand

Finish: TypeAlias = Callable[[bool], None]
Arm: TypeAlias = Callable[[Finish], Callable[[], None]]
"""Sets something up, in the loop's thread, that will call ``finish`` once; returns what takes it down again."""

READ, WRITE = select.POLLIN | select.POLLPRI, select.POLLOUT


class Baton:
    """One thread and its turns. All but ``call`` and what builds on it happens in the loop's thread."""

    def __init__(self, loop: VirtualLoop, guard: Guard, crew: set[Baton]) -> None:
        self._loop = loop
        self._guard = guard
        self._crew = crew  # the batons of this run whose threads have not ended
        self._go, self._back = allocate_lock(), allocate_lock()
        self._go.acquire()
        self._back.acquire()
        self._arm: Arm | None = None
        self._disarm: Callable[[], None] | None = None
        self._value = False
        self._halted = False
        self._result: Any = None
        self._error: BaseException | None = None
        self.over = False
        self.lost: str | None = None  # where the thread was when it was given up
        self.ident = 0
        self.done: asyncio.Future[Any] = loop.create_future()
        self._listeners: list[Callable[[], object]] = []

    def start(self, func: Callable[[], Any], stand: Stand) -> asyncio.Future[Any]:
        """Run the function in a thread of its own; the first turn is now. The future has its result."""
        thread = threading.Thread(target=self.body, args=(func, stand), name="ssedrill-client", daemon=True)
        with PATCHES.hidden():
            thread.start()
        self.ident = thread.ident or 0
        self._crew.add(self)
        self.step(False)
        return self.done

    def adopt(self, thread: threading.Thread, start: Callable[[], None], stand: Stand) -> None:
        """Start a thread that a client has made; it gets its first turn when the others let it."""
        run = thread.run

        def body() -> None:
            self.body(run, stand)
            if isinstance(self._error, Exception):
                raise self._error  # for threading's own hook, as without us

        setattr(thread, "run", body)  # noqa: B010 - a method, for mypy
        with PATCHES.hidden():
            start()
        self.ident = thread.ident or 0
        self._crew.add(self)
        self._loop.call_soon_threadsafe(self.step, False)

    def body(self, func: Callable[[], Any], stand: Stand) -> None:
        """Be the thread: wait for the first turn, run the function, hand the baton over for good."""
        with PATCHES.shown(stand):
            self._go.acquire()
            try:
                if not self._halted:
                    self._result = func()
            except BaseException as error:
                self._error = error
        self.over = True
        if self.lost is None:
            self._back.release()

    def step(self, value: bool) -> None:
        """Let the thread run until it waits again or ends."""
        if self.over or self.lost is not None:
            return
        guard, own = self._guard, get_ident()
        self._value = value
        guard.runner = self.ident
        guard.turn += 1
        self._go.release()
        self._back.acquire()
        guard.runner = own
        guard.turn += 1
        if self.over or self.lost is not None:
            self._end()
        elif self._arm is not None:
            self._disarm = self._arm(_once(self._resume))

    def halt(self) -> None:
        """End the thread: whatever it waits for raises in it, now and from now on."""
        self._halted = True
        if self._disarm is not None:
            self._disarm()
            self._disarm = None
        self.step(False)

    def lose(self, where: str) -> None:
        """Give the thread up while it has the baton; called by the watchdog, in real time."""
        self.lost = where
        self._halted = True
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), ctypes.py_object(Halt))
        self._back.release()

    def on_end(self, listener: Callable[[], object]) -> None:
        """Call this when the thread has ended, from the loop's thread; at once where it has."""
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
        self._crew.discard(self)
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()
        if self.done.done():
            return
        if self.lost is not None:
            self.done.set_exception(BlockedOutside(f"the client waits outside virtual time, in {self.lost}"))
        elif isinstance(self._error, Halt):
            self.done.set_exception(Spinning(str(self._error) or self._guard.spun or "halted"))
        elif isinstance(self._error, StopIteration):  # a future can't hold it
            self.done.set_exception(RuntimeError("StopIteration"))
        elif self._error is not None:
            self.done.set_exception(self._error)
        else:
            self.done.set_result(self._result)
        self.done.exception()  # an abandoned client's error is nobody's business

    # In the client's thread.

    def call(self, arm: Arm) -> bool:
        """Hand the baton over until what is armed calls ``finish``; return the value that it gives."""
        self._guard.read()
        if self._halted:
            raise Halt("the drill is over")
        self._arm = arm
        self._back.release()
        self._go.acquire()
        if self._halted:
            raise Halt("the drill is over")
        return self._value

    def sleep(self, seconds: float) -> None:
        """Wait for virtual seconds."""

        def arm(finish: Finish) -> Callable[[], None]:
            return self._loop.call_later(seconds, finish, True).cancel

        self.call(arm)

    def wait(self, files: Iterable[tuple[int, int]], timeout: float | None) -> bool:
        """Wait until one of the files (descriptor, poll mask) is ready; return whether one is."""
        wanted = list(files)

        def arm(finish: Finish) -> Callable[[], None]:
            loop = self._loop
            timer = None if timeout is None else loop.call_later(timeout, finish, False)
            for fd, mask in wanted:
                try:
                    if mask & READ:
                        loop.add_reader(fd, finish, True)
                    if mask & WRITE:
                        loop.add_writer(fd, finish, True)
                except OSError:  # not a kind of file that one can wait for: it is always ready
                    loop.call_soon(finish, True)

            def disarm() -> None:
                if timer is not None:
                    timer.cancel()
                for fd, mask in wanted:
                    with suppress(OSError, ValueError):
                        if mask & READ:
                            loop.remove_reader(fd)
                        if mask & WRITE:
                            loop.remove_writer(fd)

            return disarm

        return self.call(arm)

    def join(self, other: Baton, timeout: float | None) -> bool:
        """Wait for another thread's end; return whether it has ended."""

        def arm(finish: Finish) -> Callable[[], None]:
            timer = None if timeout is None else self._loop.call_later(timeout, finish, False)
            other.on_end(lambda: self._loop.call_soon(finish, True))
            return timer.cancel if timer is not None else _nothing

        return other.over or self.call(arm)


def _once(func: Finish) -> Finish:
    """Return a function that passes on its first call only."""
    called = False

    def first(value: bool) -> None:
        nonlocal called
        if not called:
            called = True
            func(value)

    return first


def _nothing() -> None:
    pass
