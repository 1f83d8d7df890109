"""The event loop of virtual time: the clock stands still while anything can run and then jumps to the next timer.

Sockets are real; only time is not. Before a jump everything that the kernel holds for anybody on this loop has been
read, so a timeout can fire only if it would have fired on an endlessly fast machine. At one instant what arrives
goes before timers, and timers go by the moment they are due, then by the order in which they were set.

The time is a whole number of picoseconds, see ``moments``. A timer never fires before its time by any arithmetic of
floats: a client that looks at the clock again then has to find that its moment has come.
"""

from __future__ import annotations

import asyncio
import functools
import heapq
import math
import socket
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Protocol, TypeVar

from ssedrill.clock.engine.errors import OutOfReach, Stuck
from ssedrill.clock.engine.executor_slots import ExecutorSlots, is_plain_pool
from ssedrill.clock.engine.moments import STEP, after, at_or_after, nearest, seconds
from ssedrill.clock.engine.numbered import Numbers
from ssedrill.clock.engine.progress import Progress
from ssedrill.clock.engine.selector import Event, VirtualSelector
from ssedrill.clock.engine.steady_sockets import BUFFER, prepare
from ssedrill.clock.engine.task_trace import describe
from ssedrill.clock.engine.timer import Timer
from ssedrill.clock.errors import Spinning

STOPPED = "the client stopped the event loop that it shares with everybody"

T = TypeVar("T")


class ExternalClients(Protocol):
    """Clients in processes of their own, which have to be asked before time may pass.

    A program runs beside the loop, so how far it has come at any moment depends on the machine.
    """

    def settle(self) -> None:
        """Return when every one of them has done what it can do at this instant."""

    def next_s(self) -> float:
        """Return the earliest moment that any of them waits for; infinity for none."""

    def move_to(self, now: float) -> None:
        """Move their clocks to this moment."""

    def alive(self) -> bool:
        """Return whether any of them still runs, so that something may still come from it."""


class Executor(Protocol):
    """Runs blocking functions for the loop."""

    def __call__(self, func: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run the function on this loop's time and return a future of its result."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time.

    Private parts of asyncio that it relies on: ``_scheduled``, ``_default_executor`` and ``_clock_resolution``.
    """

    # An object with more than thirty attributes in its dictionary is slow to look anything up in; asyncio has 24.
    __slots__ = (
        *("_now", "_vnow", "progress", "external", "executor", "spin_watchers"),
        *("_idle", "_moved", "_numbers", "_timers_made", "_skipped", "_slots", "_main"),
    )
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self, start: float, progress: Progress) -> None:
        selector = VirtualSelector()
        self._now = nearest(start)
        self._vnow = seconds(self._now)
        super().__init__(selector)
        self._clock_resolution = math.ulp(self._vnow)
        self.progress = progress
        self.external: ExternalClients | None = None
        self.executor: Executor | None = None
        self.spin_watchers: list[asyncio.Future[None]] = []
        self._idle: list[asyncio.Future[None]] = []
        self._moved: list[asyncio.Future[None]] = []
        self._numbers = Numbers()
        self.set_task_factory(self._numbers.task)
        self._timers_made = 0
        self._skipped = 0
        self._slots: ExecutorSlots | None = None
        self._main: asyncio.Task[Any] | None = None
        selector.on_wait = self.next_events

    def time(self) -> float:
        """Return the virtual time in seconds; it does not move while anything runs."""
        return self._vnow

    def run_main(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; raises OutOfReach if somebody else stops the loop."""
        self._main = self.create_task(main)
        try:
            result: T = self.run_until_complete(self._main)
            return result
        except RuntimeError:
            if self.progress.escaped == STOPPED:
                raise OutOfReach(STOPPED) from None
            raise

    def stop(self) -> None:
        """Stop running, and note that it was not for the end of what runs."""
        if self._main is not None and not self._main.done():
            self.progress.escaped = STOPPED
        super().stop()

    def advance(self, delay: float) -> None:
        """Let seconds pass while nobody runs: somebody blocks the loop's thread. Timers that fall due fire late."""
        if delay > 0:
            self._set_now(after(self._now, delay))

    def idle(self) -> asyncio.Future[None]:
        """Return a future that is done when nobody can do anything more at this instant."""
        future = self.create_future()
        self._idle.append(future)
        return future

    def moved(self) -> asyncio.Future[None]:
        """Return a future that is done when time has moved on."""
        future = self.create_future()
        self._moved.append(future)
        return future

    def task_traces(self) -> list[str]:
        """Say of every task what it waits for, oldest first."""
        mine = [task for task in asyncio.all_tasks(self) if task is not _current(self)]
        return [describe(task) for task in sorted(mine, key=_age)]

    def next_events(self, selector: VirtualSelector, timeout: float | None) -> list[Event]:
        """Return what the selector has; move time on if it has nothing and nothing is due."""
        if self.progress.overdue is not None:
            self.external = None  # nobody asks the programs any more: they are killed
            self.progress.check()
        due = timeout is not None and timeout <= 0
        if self.external is not None and self.external.alive():
            # What a program has done by now depends on the machine: let the loop run out first, then let the
            # program do all it can, then look. (A task that polls must not keep everybody waiting.)
            self._skipped = self._skipped + 1 if due else 0
            if due and self._skipped % 200:
                self._count_turn(arrived=False)
                return []
            with self.progress.harness_at_work():
                self.external.settle()
        found = selector.poll()
        self._count_turn(arrived=bool(found))
        if found or due:
            return found
        if self._idle and _finish(self._idle):
            return []
        self._jump(timeout)
        return []

    def _jump(self, timeout: float | None) -> None:
        timers = self._scheduled
        due = timers[0].when() if timeout is not None and timers else math.inf
        theirs = self.external.next_s() if self.external is not None else math.inf
        if due == theirs == math.inf:
            raise Stuck(self.task_traces())
        if min(due, theirs) < (moment := self.progress.coarsened(self._vnow, min(due, theirs))):
            due, theirs = moment, math.inf
        if theirs <= due:
            # The program goes first, and alone: the loop stops a moment short of its own timer.
            assert self.external is not None
            self.external.move_to(max(theirs, self._vnow))
            self._set_now(nearest(min(theirs, due - 2e-9)))
        else:
            self._set_now(at_or_after(due))
            if self.external is not None:
                self.external.move_to(self._vnow)

    def _set_now(self, now: int) -> None:
        if now <= self._now:
            return
        self._now, self._vnow = now, seconds(now)
        # asyncio runs timers due before time() + resolution: one step of the float is exactly "due by now".
        self._clock_resolution = math.ulp(self._vnow)
        self.progress.passed(self._vnow)
        if self._moved:
            _finish(self._moved)

    def _count_turn(self, arrived: bool) -> None:
        if not self.progress.turned(arrived):
            return
        watchers, self.spin_watchers = self.spin_watchers, []
        if not _finish(watchers):
            raise Spinning(self.progress.spun)

    # What asyncio would do in real time, or in threads that run beside the loop.

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """Create a task, named by its number on this loop: asyncio counts over the whole process."""
        options["name"] = self._numbers.named(options.get("name"))
        task: asyncio.Task[Any] = super().create_task(coro, **options)
        return task

    def create_future(self) -> asyncio.Future[Any]:
        """Create a future that has its number in sets."""
        return self._numbers.future(self)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at a moment; calls at the same moment come in the order in which they were asked for.

        A moment that has come already comes a step later. On the real clock, too, some time passes before a timer for
        now fires; one that is set again until its moment is over (aiohttp's keep-alive) would go on for ever.
        """
        when = seconds(self._now + STEP) if when <= self._vnow else when
        return self._set_timer(when, callback, args, context)

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call after seconds, and never before that by any arithmetic of floats."""
        if delay is None:
            raise TypeError("delay must not be None")
        when = delay if math.isinf(delay) else seconds(after(self._now, delay))
        return self._set_timer(when, callback, args, context)

    def _set_timer(
        self, when: float, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None
    ) -> asyncio.TimerHandle:
        if self.is_closed():
            raise RuntimeError("Event loop is closed")
        if not math.isinf(when):
            when = seconds(at_or_after(when))  # what means the same moment is the same moment
        timer = Timer(when, callback, args, self, context)
        self._timers_made += 1
        timer.number = self._timers_made
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return timer

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run the function on this loop's time, at once if the executor has a slot, and return its future."""
        call = functools.partial(func, *args)
        if executor is None:
            executor = getattr(self, "_default_executor", None)
        if not is_plain_pool(executor):  # its threads take turns like any that a client makes
            return super().run_in_executor(executor, func, *args)
        if self.executor is not None:
            if self._slots is None:
                self._slots = ExecutorSlots(self, self.executor)
            return self._slots.submit(executor, call)
        future = self.create_future()
        try:
            future.set_result(call())
        except Exception as error:
            future.set_exception(error)
        return future

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect; the socket sends without delay and has fixed buffers, as both go by real time otherwise."""
        prepare(sock)
        await super().sock_connect(sock, address)

    async def sock_accept(self, sock: socket.socket) -> tuple[socket.socket, Any]:
        """Accept, with the same settings for both sockets."""
        prepare(sock)
        accepted, address = await super().sock_accept(sock)
        prepare(accepted)
        return accepted, address

    async def create_server(self, *args: Any, **options: Any) -> asyncio.Server:
        """Create a server whose connections have the same settings."""
        server = await super().create_server(*args, **options)
        for sock in server.sockets:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        return server


def _finish(waiters: list[asyncio.Future[None]]) -> bool:
    """Finish all waiters; return whether any was still waiting."""
    waiting = [future for future in waiters if not future.done()]
    waiters.clear()
    for future in waiting:
        future.set_result(None)
    return bool(waiting)


def _current(loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any] | None:
    return asyncio.current_task(loop)


def _age(task: asyncio.Task[Any]) -> tuple[int, str]:
    name = task.get_name()
    number = name.rpartition("-")[2]
    return (int(number) if number.isdigit() else 0, name)
