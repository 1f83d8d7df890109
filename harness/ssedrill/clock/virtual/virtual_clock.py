"""The clock that costs nothing to wait on."""

from __future__ import annotations

import asyncio
import math
import platform
import queue
import re
import threading
from _thread import get_ident
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar, cast

from ssedrill.clock.consumption import Consumption
from ssedrill.clock.engine.errors import OutOfReach, VirtualUnavailable
from ssedrill.clock.engine.gc_pause import GC_PAUSE, collect_quietly
from ssedrill.clock.engine.loop import VirtualLoop
from ssedrill.clock.engine.processor_time import machine_is_busy
from ssedrill.clock.engine.progress import UNSURE, WAITS, Limits, Progress
from ssedrill.clock.engine.watchdog import Watchdog
from ssedrill.clock.errors import Halt, Spinning
from ssedrill.clock.fate import Done, Fate, NeedsRealClock
from ssedrill.clock.forgotten_tasks import ignore_forgotten_tasks
from ssedrill.clock.programs.run_programs import Programs
from ssedrill.clock.python import randomness
from ssedrill.clock.python.overrides import PATCHES
from ssedrill.clock.python.patched import patched
from ssedrill.clock.python.threads import RunThreads
from ssedrill.clock.reuse import taint, why_not_again
from ssedrill.clock.virtual.run_to_end import LEAVE_S, run_to_end
from ssedrill.clock.virtual.virtual_consumption import VirtualConsumption

T = TypeVar("T")

NEW_YEAR = 1_767_225_600.0
"""2026-01-01 00:00:00 UTC: the moment at which every virtual run begins, as its clients see it."""
START = 1000.0
"""What the monotonic clock of a virtual run begins at."""
OURS = re.compile(r"(?:the client waits in )?(?:ssedrill(?!\.clients)|asyncio)\.")
"""How the descriptions of the harness's own tasks begin; the built-in clients are as good as a user's."""


class VirtualClock:
    """A clock that stands still while anything runs and jumps to the next timer when nothing can.

    One object serves one run. ``seed`` decides all randomness that clients in this process see (``random``,
    ``os.urandom``, ``uuid.uuid4``). ``start`` is what the monotonic clock shows at the beginning, in seconds: some
    clients round to whole seconds of it. ``epoch`` is the same for the wall clock, in seconds since 1970.
    """

    name = "virtual"
    outside_lag_s = 0.0

    def __init__(
        self, *, seed: int = 0, start: float = START, epoch: float = NEW_YEAR, limits: Limits | None = None
    ) -> None:
        self.seed = seed
        self._start = start
        self._epoch = epoch
        self._progress = Progress(limits or Limits())
        self._loop: VirtualLoop | None = None
        self._threads: RunThreads | None = None
        self._programs: Programs | None = None
        self._end = start
        self._ahead_ns = 0  # of the wall clock, so that it keeps what sleeps have promised by it
        self._hurried = False
        self._ended_threads = False  # of the client's own, on which its module may still count

    def now(self) -> float:
        """Return the virtual monotonic time in seconds; from any thread, before, during and after the run."""
        return self._end if self._loop is None else self._loop.time()

    def epoch(self) -> float:
        """Return the virtual wall-clock time in seconds since 1970."""
        return self.epoch_ns() / 10**9

    def epoch_ns(self) -> int:
        """Return the same in nanoseconds; floats of that size are a quarter of a microsecond apart."""
        return round(self._epoch * 1e9) + round(self.now() * 1e9) - round(self._start * 1e9) + self._ahead_ns

    def promise_epoch(self, due: float) -> None:
        """Have the wall clock show this moment at least, which a sleep has just ended at."""
        while (lacking := due - self.epoch()) > 0:
            self._ahead_ns += math.ceil(lacking * 1e9)

    def task_traces(self) -> list[str]:
        """Say of every task of the client's what it waits for, oldest first."""
        hosted = f"{__name__}.{_coroutine.__name__}"
        told = [line.replace(hosted, "the client") for line in self.loop.task_traces()]
        return [line for line in told if not OURS.match(line)]

    @property
    def loop(self) -> VirtualLoop:
        """The loop of the run that is on."""
        if self._loop is None:
            raise RuntimeError("this clock's run is not on")
        return self._loop

    def run(
        self, main: Callable[[], Coroutine[Any, Any, T]], *, module: str = "", although_tainted: bool = False
    ) -> Fate[T]:
        """See Clock. Besides what ``main`` raises, Stuck comes out if nothing can ever happen again."""
        if not although_tainted and (refused := why_not_again(module, virtual=True)):
            return refused
        try:
            fate = self._fate(main)
        finally:
            if self._ended_threads:
                taint(module)
        if not isinstance(fate, Done):  # what has been broken off could not close what it had open
            collect_quietly()
        return fate

    def _fate(self, main: Callable[[], Coroutine[Any, Any, T]]) -> Fate[T]:
        try:
            value = self._run_in_a_thread(main)
        except (VirtualUnavailable, OutOfReach) as unreachable:
            return NeedsRealClock(str(unreachable), worth_another=self._may_be_the_machine())
        except asyncio.CancelledError:
            if self._hurried:  # by us, then
                raise
            return NeedsRealClock("the client cancelled tasks that are not its own")
        progress = self._progress
        if progress.escaped:
            return NeedsRealClock(progress.escaped, worth_another=self._may_be_the_machine())
        if progress.spun and progress.polls:  # in real time its moment may come by itself
            return NeedsRealClock(f"the client polls: {progress.spun}", otherwise=Done(value))
        if progress.unsure and not progress.spun:
            return NeedsRealClock(WAITS, worth_another=UNSURE)
        return Done(value)

    def _may_be_the_machine(self) -> int:
        """Return how many other runs are worth it: what time alone told of the client may have been the machine."""
        progress = self._progress
        by_seconds = progress.gave_up or progress.ended_for is not None
        return max(progress.worth_another, int(by_seconds and machine_is_busy()))

    def _run_in_a_thread(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run ``main()`` in a thread that can be left behind, should the client never give back the loop's."""
        platform.platform()  # starts a process when it is first asked, and SDKs ask it for their headers
        over: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

        def given_up(where: str) -> None:
            self._ended_threads = True
            over.put((None, OutOfReach(f"the client blocks the event loop, in {where}")))

        def live() -> None:
            try:
                over.put((self._live(main, given_up), None))
            except BaseException as error:
                over.put((None, error))

        threading.Thread(target=live, name="ssedrill-virtual-run", daemon=True).start()
        result, error = over.get()
        if error is not None:
            raise error
        return cast("T", result)

    def _live(self, main: Callable[[], Coroutine[Any, Any, T]], given_up: Callable[[str], None]) -> T:
        with patched(), GC_PAUSE.during_run():
            loop = VirtualLoop(self._start, self._progress)
            loop.set_exception_handler(ignore_forgotten_tasks)
            self._loop = loop
            chosen = randomness.overrides(self.seed)
            threads = self._threads = RunThreads(loop, self._progress, self, chosen, given_up)
            loop.executor = threads.execute
            programs = self._programs = Programs(loop, self.seed, self.epoch(), self._progress, threads.addresses)
            self._progress.runner = get_ident()
            try:
                with Watchdog(self._progress, threads.give_up), PATCHES.active(threads.loop_overrides()):
                    return run_to_end(loop, main, threads.halt)
            finally:
                programs.close()
                self._ended_threads = self._ended_threads or threads.ended_early
                self._end = loop.time()
                self._loop = self._threads = self._programs = None

    @property
    def connects(self) -> Callable[[int], int]:
        """See Clock: the programs' preloaded clock counts."""
        return self._connects

    def _connects(self, port: int) -> int:
        return 0 if self._programs is None else self._programs.connects(port)

    def consumption(self, real: Consumption) -> Consumption:
        """See Clock: a client has read what it wants as soon as nobody can do anything more."""
        return VirtualConsumption(real)

    def hurry(self) -> None:
        """See Clock: a client that spins or blocks is given up after half a second instead of many."""
        self._hurried = True
        self._progress.hurry()

    async def in_loop(self, client: Callable[[], Awaitable[None]]) -> None:
        """Run an async client to its end; cancelling cancels the client. Its exceptions come out.

        Raises Spinning if the client keeps running without letting time pass.
        """
        loop = self.loop
        spin = loop.create_future()
        loop.spin_watchers.append(spin)
        task = loop.create_task(_coroutine(client()))
        try:
            with self._progress.loop.while_a_client_runs():
                await asyncio.wait({task, spin}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            spin.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=LEAVE_S)
        if task.done() and not task.cancelled():
            task.exception()
        self._judge()
        task.result()

    async def in_thread(self, client: Callable[[], None]) -> None:
        """Run a blocking client in a thread that takes turns with the loop; cancelling ends it in its wait.

        Raises Spinning if the client keeps running without letting time pass, OutOfReach if it waits by
        means that virtual time does not reach.
        """
        assert self._threads is not None
        thread = self._threads.start(client)
        spin = self.loop.create_future()
        self.loop.spin_watchers.append(spin)
        try:
            await asyncio.wait({thread.done, spin}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            spin.cancel()
            thread.halt()
        self._judge()
        thread.done.result()

    async def start_program(self, argv: list[str], env: dict[str, str], **pipes: Any) -> asyncio.subprocess.Process:
        """Start a program on this clock, in a process group of its own.

        ``pipes`` are ``stdin``, ``stdout`` and ``stderr``: file descriptors or DEVNULL. Raises VirtualUnavailable if
        the program can't be on the clock (see :func:`~ssedrill.clock.programs.preloadable.why_not_preloadable`).
        If it turns out later not to be on it, the run needs the real clock. Raises OSError if it does not start.
        """
        assert self._programs is not None
        with self._progress.harness_at_work():
            return cast("asyncio.subprocess.Process", self._programs.start(argv, env, pipes))

    def _judge(self) -> None:
        """Raise what was found out about a client, whatever it made of it."""
        if self._progress.spun:
            raise Spinning(self._progress.spun)
        if self._progress.escaped:
            raise OutOfReach(self._progress.escaped)


async def _coroutine(awaitable: Awaitable[None]) -> None:
    try:
        await awaitable
    except Halt as halt:
        raise Spinning(str(halt)) from None
