"""The body of a test on the virtual clock: in a client's thread, or, if it is async, on the loop of the clock."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from ssedrill.clock.clock import Clock
from ssedrill.clock.engine.errors import Stuck
from ssedrill.clock.errors import Halt, Spinning
from ssedrill.clock.fate import Fate, NeedsFreshProcess, NeedsRealClock
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from ssedrill.pytest_plugin.of_test import DrillsOfTest
from ssedrill.running.portal import Portal

GRACE_S = 60.0
"""Virtual seconds that a test has for coming to its end after its drill's server has hung up."""
NOBODY_S = 86_400.0
"""So many more than all its drills may take."""
REAL = 'it can be tested with clock="real"'


def on_virtual_clock(
    item: pytest.Function, function: Callable[..., object], drills: DrillsOfTest
) -> Callable[..., None]:
    """Return what runs the body of a test on the virtual clock; it fails the test if that can't be."""

    def run(**arguments: Any) -> None:
        if (holds := next(_loops_of(item), None)) is not None:
            pytest.fail(f"this test can't live on the virtual clock: {holds}; {REAL}", pytrace=False)
        body = _Body(function, arguments)
        clock = VirtualClock(seed=drills.settings.seed)
        module = str(getattr(item.module, "__name__", ""))
        fate: Fate[None] | None = None
        try:
            fate = _run(clock, body, drills, module)
        except (Stuck, Spinning) as error:
            if not body.still_on:
                pytest.fail(f"on the virtual clock: {error}", pytrace=False)
        except asyncio.CancelledError:  # what has swallowed everything is left behind
            if not body.still_on:
                raise
        if body.still_on and not body.ended:
            pytest.fail(f"the test still went on {body.still_on}, on the virtual clock, and was ended", pytrace=False)
        if isinstance(fate, NeedsRealClock):
            pytest.fail(f"this test can't live on the virtual clock: {fate.because}; {REAL}", pytrace=False)
        if body.error is not None:
            raise body.error

    return run


class _Body:
    """A test's function with its arguments, and how it ended."""

    def __init__(self, function: Callable[..., object], arguments: dict[str, Any]) -> None:
        self._function = function
        self._arguments = arguments
        self.is_async = inspect.iscoroutinefunction(inspect.unwrap(function))
        self.error: BaseException | None = None
        self.ended = False
        self.still_on = ""
        """It was to be ended, since it went on until then."""

    def run_blocking(self) -> None:
        """Run it to its end; only what its clock ends it with comes out."""
        try:
            self._function(**self._arguments)
        except Halt:
            raise
        except BaseException as error:
            self.error = error
        self.ended = True

    async def run_async(self) -> None:
        """Do the same on a loop."""
        try:
            made = self._function(**self._arguments)
            assert isinstance(made, Awaitable)
            await made
        except (Halt, asyncio.CancelledError):
            raise
        except BaseException as error:
            self.error = error
        self.ended = True


def _run(clock: VirtualClock, body: _Body, drills: DrillsOfTest, module: str) -> Fate[None]:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        hung_up = asyncio.Event()
        drills.hung_up = hung_up.set
        drills.live_on(Portal(loop), clock)
        try:
            hosted = loop.create_task(_hosted(clock, body))
            await _until_ended(hosted, hung_up, drills, partial(_end, clock, body, hung_up))
        finally:
            await drills.leave(body.error)

    try:
        fate = clock.run(main, module=module)
        if isinstance(fate, NeedsFreshProcess):  # threads of another test ended with it; what comes of it is told
            fate = clock.run(main, module=module, although_tainted=True)
    except BaseException:  # of this thread, such as Ctrl-C: the run goes on in its own
        clock.hurry()
        raise
    return fate


async def _hosted(clock: Clock, body: _Body) -> None:
    if body.is_async:
        await clock.in_loop(body.run_async)
    else:
        await clock.in_thread(body.run_blocking)


async def _until_ended(
    hosted: asyncio.Task[None], hung_up: asyncio.Event, drills: DrillsOfTest, end: Callable[[], object]
) -> None:
    """Wait for a test's body; a while after its server has hung up it is ended, whatever it swallows.

    So is one that goes on for a day longer than all of its drills may take: without a request none has a deadline.
    ``end`` is called before.
    """
    loop = asyncio.get_running_loop()
    waits = loop.create_task(hung_up.wait())
    try:
        while not (hosted.done() or hung_up.is_set() or loop.time() > drills.longest_s + NOBODY_S):
            await asyncio.wait({hosted, waits}, return_when=asyncio.FIRST_COMPLETED, timeout=NOBODY_S)
        await asyncio.wait({hosted}, timeout=GRACE_S)
    finally:
        waits.cancel()
        if not hosted.done():
            end()
            hosted.cancel()
        await asyncio.gather(hosted, waits, return_exceptions=True)
    if not hosted.cancelled():
        hosted.result()


def _end(clock: VirtualClock, body: _Body, hung_up: asyncio.Event) -> None:
    """Note until when a test's body went on, and have it given up soon."""
    at_deadline = f"{GRACE_S:g} s after the server had hung up at the drill's deadline"
    body.still_on = at_deadline if hung_up.is_set() else "a day after all that its drills may take"
    clock.hurry()


def _loops_of(item: pytest.Function) -> Iterator[str]:
    """Say which of a test's fixtures live on another loop than the clock's."""
    for name, found in item._fixtureinfo.name2fixturedefs.items():
        function = inspect.unwrap(found[-1].func)
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            yield f"its fixture {name} is async, and so holds another loop"
    for name, value in item.funcargs.items():
        if isinstance(value, asyncio.AbstractEventLoop) and not name.startswith("_"):
            yield f"its fixture {name} holds another loop"
    backend = item.funcargs.get("anyio_backend", "asyncio")
    backend = backend[0] if isinstance(backend, tuple) else backend
    if backend != "asyncio":
        yield f"it asks for the loop of {backend}, and the clock has one of asyncio"
