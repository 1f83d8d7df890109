"""The session of a client in this process: what it keeps from call to call, such as a pool of connections.

A client that can make several calls is a context manager, plain or async, which is entered once a run and gives the
function that makes a call. A function that makes a call by itself has no session.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import Any

from ssedrill.clock.clock import Clock
from ssedrill.drivers.in_process.adapter_defect import BadClient
from ssedrill.drivers.in_process.function_call import FunctionCall
from ssedrill.drivers.target import SessionTarget, Target

CLOSE_S = 5.0
"""How long a client may take to close its session, in seconds of its clock."""


class Kind(Enum):
    """What a client's function is."""

    ASYNC_CALL = "an async function that makes a call"
    CALL = "a function that makes a call"
    ASYNC_SESSION = "an async context manager"
    SESSION = "a context manager"

    @property
    def is_async(self) -> bool:
        """Its client belongs on an event loop."""
        return self in (Kind.ASYNC_CALL, Kind.ASYNC_SESSION)

    @property
    def has_session(self) -> bool:
        """It is entered once a run."""
        return self in (Kind.ASYNC_SESSION, Kind.SESSION)


def kind_of(function: Any) -> Kind:
    """Tell what a client's function is, without calling it."""
    candidates = (function, type(function).__call__)  # of an object, its method
    if any(inspect.isasyncgenfunction(one) or inspect.iscoroutinefunction(one) for one in candidates):
        return Kind.ASYNC_CALL
    inner = getattr(function, "__wrapped__", None)  # of what contextlib's decorators have made
    if inspect.isasyncgenfunction(inner) or (inspect.isclass(function) and hasattr(function, "__aenter__")):
        return Kind.ASYNC_SESSION
    made_by_contextlib = inspect.isgeneratorfunction(inner) and not inspect.isgeneratorfunction(function)
    if made_by_contextlib or (inspect.isclass(function) and hasattr(function, "__enter__")):
        return Kind.SESSION
    return Kind.CALL


class ClientSession:
    """One client for all calls of a run. Made and used on the run's loop."""

    def __init__(self, function: Any, target: SessionTarget, clock: Clock) -> None:
        self._made = function
        self._target = target
        self._clock = clock
        self.kind = kind_of(function)
        self._function: Callable[[Target], object] | None = None
        self._failure: BaseException | None = None
        self._hosted: asyncio.Task[None] | None = None
        self._client_loop: asyncio.AbstractEventLoop | None = None
        self._finished: asyncio.Event | None = None
        self._manager: Any = None
        self._asides: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Enter the session; what goes wrong in it is for its calls to tell."""
        if self.kind is Kind.ASYNC_SESSION:
            loop = asyncio.get_running_loop()
            entered: asyncio.Future[None] = loop.create_future()
            self._hosted = loop.create_task(self._clock.in_loop(partial(self._live, loop, entered)))
            either = {entered, self._hosted}
            await asyncio.wait(either, timeout=self._target.deadline_s, return_when=asyncio.FIRST_COMPLETED)
        elif self.kind is Kind.SESSION:
            await self._blocking(self._enter, self._target.deadline_s)

    def hosting(self, call: FunctionCall) -> Awaitable[None]:
        """Return what makes one call: on the session's loop, or in a thread of its own."""
        match self.kind:
            case Kind.ASYNC_CALL:
                return self._clock.in_loop(call.run_async)
            case Kind.CALL | Kind.SESSION:
                return self._clock.in_thread(call.run_blocking)
            case Kind.ASYNC_SESSION:
                return self._on_its_loop(call)

    def hears(self, call: FunctionCall, target: Target) -> None:
        """Have a call hear that the application stops reading: its task is cancelled, if it has one.

        What the client has left to be called then may block, or raise: a blocking client's is called in a thread, and
        an async client's on its loop.
        """
        switch, loop, here = target.sink.switch, asyncio.get_running_loop(), threading.get_ident()
        if self.kind.is_async:
            switch.on_pull(lambda: None if switch.at_yield else call.cancel())

        def host(function: Callable[[], object]) -> None:
            if self.kind.is_async:
                call.tell_on_loop(function)
            elif threading.get_ident() == here:
                self._asides.add(loop.create_task(self._clock.in_thread(partial(call.tell, function))))
            else:  # the client's own thread
                call.tell(function)

        switch.host = host

    def function(self) -> Callable[[Target], object]:
        """Return the function that makes a call; raises what went wrong when the session was entered."""
        if not self.kind.has_session:
            return self._made  # type: ignore[no-any-return]
        if self._failure is not None:
            raise self._failure
        if self._function is None:
            raise TimeoutError("the client's session was not open by the deadline")
        return self._function

    async def close(self) -> None:
        """Leave the session; a client that does not come back from that is abandoned."""
        await _ended(self._asides)
        if self._hosted is not None:
            if self._client_loop is not None and self._finished is not None:
                with suppress(RuntimeError):  # its loop is closed: it has ended by itself
                    self._client_loop.call_soon_threadsafe(self._finished.set)
            await asyncio.wait({self._hosted}, timeout=CLOSE_S)
            if not self._hosted.done():
                self._hosted.cancel()
                await asyncio.wait({self._hosted}, timeout=CLOSE_S)
            if self._hosted.done() and not self._hosted.cancelled():
                self._hosted.exception()
        elif self._manager is not None:
            await self._blocking(partial(self._manager.__exit__, None, None, None), CLOSE_S)

    async def _live(self, loop: asyncio.AbstractEventLoop, entered: asyncio.Future[None]) -> None:
        """Be in the session until it is over, on the client's loop."""
        self._client_loop, self._finished = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with self._made(self._target) as function:
                self._function = _checked(function, on_loop=True)
                loop.call_soon_threadsafe(_resolve, entered)
                await self._finished.wait()
        except Exception as error:  # before it was entered: each call tells; after: nobody is left to hear of it
            self._failure = error
        finally:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_resolve, entered)

    def _enter(self) -> None:
        try:
            manager = self._made(self._target)
            self._function = _checked(manager.__enter__(), on_loop=False)
            self._manager = manager
        except Exception as error:
            self._failure = error

    async def _blocking(self, do: Callable[[], object], timeout_s: float) -> None:
        def quietly() -> None:
            with suppress(Exception):
                do()

        hosted = asyncio.get_running_loop().create_task(self._clock.in_thread(quietly))
        await asyncio.wait({hosted}, timeout=timeout_s)
        if not hosted.done():
            hosted.cancel()
            await asyncio.wait({hosted}, timeout=timeout_s)
        if hosted.done() and not hosted.cancelled():
            hosted.exception()

    async def _on_its_loop(self, call: FunctionCall) -> None:
        assert self._client_loop is not None
        assert self._hosted is not None
        if self._client_loop is asyncio.get_running_loop():
            await self._clock.in_loop(call.run_async)
            return
        made = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call.run_async(), self._client_loop))
        try:
            await asyncio.wait({made, self._hosted}, return_when=asyncio.FIRST_COMPLETED)
            if not made.done():  # its clock has ended the session
                made.cancel()
                self._hosted.result()
        except asyncio.CancelledError:
            made.cancel()
            await asyncio.wait({made}, timeout=CLOSE_S)
            raise
        if made.done() and not made.cancelled():
            made.result()


async def _ended(tasks: set[asyncio.Task[None]]) -> None:
    """Wait for tasks, but not for ever."""
    for _ in range(2):
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)
        for task in tasks:
            task.cancel()
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _checked(function: object, *, on_loop: bool) -> Callable[[Target], object]:
    """Return what a session has given, if it can be a function that makes calls where the session lives."""
    if not callable(function):
        raise BadClient(f"a session must give the function that makes a call; it gave {type(function).__name__}")
    if on_loop and inspect.isgeneratorfunction(function):
        raise BadClient("an async session must give an async generator function; it gave a plain one")
    if not on_loop and kind_of(function).is_async:
        raise BadClient("a plain session must give a plain generator function; it gave an async one")
    return function
