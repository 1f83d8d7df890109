"""Run a client that is a Python function in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib import metadata

from ssedrill.clock.clock import Clock
from ssedrill.clock.errors import Spinning
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.driver import Availability, DriverKind, MakeCall
from ssedrill.drivers.in_process.client_session import ClientSession, kind_of
from ssedrill.drivers.in_process.function_call import FunctionCall, tell_failure
from ssedrill.drivers.in_process.load_function import ClientFunction, load_function
from ssedrill.drivers.in_process.versions import versions_used
from ssedrill.drivers.target import SessionTarget, Target

CANCELS = 3
"""How often a client that swallows its cancellation is cancelled before it is abandoned."""
BETWEEN_CANCELS_S = 2.0


class InProcess:
    """Drives an async or plain generator function that takes a Target and yields the text that it shows.

    Returning is the claim "complete", raising is an error, :class:`~ssedrill.drivers.target.Unsupported` says that
    the client can't do what is asked. Functions that show nothing may be plain or coroutine functions.
    The function may be given as ``module:function``; it is then imported when it is first needed.
    """

    def __init__(
        self, function: str | ClientFunction, *, path: str = "", distribution: str = "", install: str = ""
    ) -> None:
        """``path`` says where a function is imported from, for other processes.

        ``distribution`` names the package whose version is the client's (left out: all that its module imports have
        theirs told); ``install`` says how to get it.
        """
        self._path = function if isinstance(function, str) else path
        self._function = None if isinstance(function, str) else function
        self._distribution = distribution
        self._install = install

    def __getstate__(self) -> dict[str, object]:
        """Leave out what another process imports for itself; a function that it can't import stays here."""
        if not self._path:
            raise TypeError("a function of the caller's own is run in the caller's process")
        return self.__dict__ | {"_function": None}

    @property
    def kind(self) -> DriverKind:
        """In process."""
        return "in-process"

    @property
    def connects_in_process(self) -> bool:
        """It does, in whatever thread."""
        return True

    @property
    def doubt_if_unsupported(self) -> str:
        """Nothing: a function says so on purpose."""
        return ""

    def function(self) -> ClientFunction:
        """Return the client's function, imported if need be; raises BadSpec if it can't be had."""
        if self._function is None:
            self._function = load_function(self._path)
        return self._function

    def module(self) -> str:
        """Return the name of the module that the function is from, imported now; empty if it can't be."""
        with suppress(BadSpec):  # the run will tell
            self.function()
        return str(getattr(self._function, "__module__", "") or "")

    def probe(self) -> Availability:
        """Import the function and what it needs."""
        try:
            self.function()
        except BadSpec as error:
            how = f" ({self._install})" if self._install else ""
            return Availability(False, why=f"{error}{how}")
        told = _version(self._distribution) if self._distribution else versions_used(self.module())
        return Availability(True, version=told)

    def recall(self, found: Availability) -> None:
        """Nothing: each process imports the function for itself."""

    def why_not_virtual(self) -> str | None:
        """Nothing speaks against it: what runs in this process sees the time that it is shown."""
        return None

    @property
    def makes_calls(self) -> bool:
        """A context manager can make several calls over one session; so may a function that says so."""
        try:
            function = self.function()
        except BadSpec:  # the run will tell
            return True
        return kind_of(function).has_session or "calls" in getattr(function, "can", ())

    @property
    def cancels_calls(self) -> bool:
        """It can: whatever it is doing is cancelled, or it is told to stop."""
        return True

    async def run(self, target: Target, clock: Clock) -> None:
        """Run the function until it ends or the deadline passes; then cancel it or, if it blocks, abandon it."""
        async with self.session(target.session(), clock) as call:
            await call(target)

    @asynccontextmanager
    async def session(self, target: SessionTarget, clock: Clock) -> AsyncIterator[MakeCall]:
        """See Driver."""
        try:
            session = ClientSession(self.function(), target, clock)
        except BadSpec as error:
            yield partial(_crash, f"{BadSpec.__name__}: {error}")
            return
        await session.open()
        try:
            yield lambda target: self._call(session, target, clock)
        finally:
            await session.close()

    async def _call(self, session: ClientSession, target: Target, clock: Clock) -> None:
        """Make one call: until it ends or the deadline passes."""
        sink = target.sink
        try:
            call = FunctionCall(session.function(), target)
        except BaseException as error:
            tell_failure(sink, error)
            return
        hosted = asyncio.ensure_future(session.hosting(call))
        session.hears(call, target)
        try:
            await asyncio.wait({hosted}, timeout=target.deadline_s)
            if not hosted.done():
                for waits in (*clock.task_traces(), *call.where()):
                    sink.note(f"at the deadline: {waits}")
                sink.stop()
                sink.stuck = not session.kind.is_async  # nothing that a client of its kind knows of could end it
            elif hosted.cancelled():
                sink.add("error", "the client cancelled its own task", "CancelledError")
        finally:
            call.stopping = True
            sink.close()
            if not hosted.done():
                await _cancel(hosted)
                if not call.ended:
                    sink.stuck = True
                    sink.note("the client did not end when it was cancelled and was abandoned")
            if hosted.done() and not hosted.cancelled():
                hosted.exception()  # heard here, in case the run itself is cancelled and nobody asks below
        if hosted.done() and not hosted.cancelled() and (fault := hosted.exception()):
            if isinstance(fault, Spinning):
                sink.stop()
                sink.note(str(fault))
            elif not isinstance(fault, GeneratorExit):  # that one is in the sink
                raise fault


async def _crash(how: str, target: Target) -> None:
    target.sink.crash(how)


async def _cancel(hosted: asyncio.Future[None]) -> None:
    for _ in range(CANCELS):
        hosted.cancel()
        await asyncio.wait({hosted}, timeout=BETWEEN_CANCELS_S)
        if hosted.done():
            return


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
