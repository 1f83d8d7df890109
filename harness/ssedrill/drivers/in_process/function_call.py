"""One call of a client function: what it yields, returns and raises, put into the sink."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from ssedrill.clock.errors import Halt
from ssedrill.drivers.in_process.adapter_defect import BadClient, adapter_defect, is_a, message_of
from ssedrill.drivers.in_process.thread_trace import where_waits
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import Target, Unsupported

BREATHER = 64
"""After so many pieces without a pause an async client lets its loop do something else."""


class FunctionCall:
    """Calls a client function once. ``stopping`` is set from outside when nobody listens any more."""

    def __init__(self, function: Callable[[Target], object], target: Target) -> None:
        self.stopping = False
        self.ended = False
        self._function = function
        self._target = target
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[None]] | None = None
        self._thread = 0  # a blocking client's

    def where(self) -> list[str]:
        """Say what a blocking client waits in; nothing if it is none, or has ended."""
        if self.ended or not self._thread:
            return []
        told = where_waits(self._thread, type(self).run_blocking.__qualname__)
        return [] if told is None else [told]

    def cancel(self) -> None:
        """Have an async client's task cancelled, as the application does that stops reading. From any thread."""
        if self._running is not None:
            loop, task = self._running
            with suppress(RuntimeError):  # its loop is closed: it has ended by itself
                loop.call_soon_threadsafe(self._cancel, task)

    def tell(self, function: Callable[[], object]) -> None:
        """Call what the client has left for the moment of a stop; what that raises is the client's doing."""
        try:
            function()
        except Halt:
            raise
        except BaseException as error:
            tell_failure(self._target.sink, error)

    def tell_on_loop(self, function: Callable[[], object]) -> None:
        """Do so on an async client's own loop, when that has nothing else to do. From any thread."""
        if self._running is not None:
            with suppress(RuntimeError):  # as above
                self._running[0].call_soon_threadsafe(self.tell, function)

    def _cancel(self, task: asyncio.Task[None]) -> None:
        if not self.ended:
            task.cancel()

    async def run_async(self) -> None:
        """Run an async generator function or a coroutine function to its end; only cancelling and Halt get out."""
        task = asyncio.current_task()
        assert task is not None
        self._running = asyncio.get_running_loop(), task
        cancelled = self._target.cancelled.is_set
        try:
            if cancelled():  # while its session was being entered: the application no longer makes the call
                return
            made = self._function(self._target)
            if hasattr(made, "__aiter__"):
                await self._show_async(made)
            elif inspect.isawaitable(made):
                _check_returned(await made)
            else:
                raise BadClient(f"an async client returned {_kind(made)}; it must be an async generator or coroutine")
            self._done()
        except Halt:  # its clock ends it
            raise
        except GeneratorExit as error:  # the client's own, or this very coroutine is being thrown away
            tell_failure(self._target.sink, error)
            raise
        except asyncio.CancelledError as error:
            if cancelled() and not self.stopping:
                task.uncancel()
            elif self.stopping or task.cancelling():
                raise
            else:
                tell_failure(self._target.sink, error)
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: they are the client's, not the user's
            tell_failure(self._target.sink, error)
        finally:
            self.ended = True

    def run_blocking(self) -> None:
        """Run a generator function or a plain function to its end; nothing but Halt gets out."""
        self._thread = threading.get_ident()
        try:
            if self._target.cancelled.is_set():  # as above
                return
            made = self._function(self._target)
            if isinstance(made, Iterator):
                self._show(made)
            else:
                if inspect.iscoroutine(made):
                    made.close()
                _check_returned(made)
            self._done()
        except Halt:
            raise
        except BaseException as error:
            tell_failure(self._target.sink, error)
        finally:
            self.ended = True

    async def _show_async(self, pieces: Any) -> None:
        count = 0
        try:
            async for piece in pieces:
                if self.stopping or self._target.cancelled.is_set() or self._shows(piece):
                    break
                count += 1
                if count % BREATHER == 0:
                    await asyncio.sleep(0)
        finally:
            if (close := getattr(pieces, "aclose", None)) is not None:
                with suppress(Exception):  # what it yields or raises while it is closed is heard by nobody
                    await close()

    def _show(self, pieces: Iterator[object]) -> None:
        try:
            for piece in pieces:
                if self.stopping or self._target.cancelled.is_set() or self._shows(piece):
                    break
        finally:
            if (close := getattr(pieces, "close", None)) is not None:
                with suppress(Exception):
                    close()

    def _shows(self, piece: object) -> bool:
        """Show a piece of text; tell whether the application stops reading at it."""
        return self._target.sink.add("text", _text(piece))

    def _done(self) -> None:
        """Claim that the answer is complete; who was told to stop claims nothing."""
        if not self._target.cancelled.is_set():
            self._target.sink.add("done")


def tell_failure(sink: Sink, error: BaseException) -> None:
    """Put down how a call has failed: by a defect of its adapter, as unsupported, or by an error of the client."""
    if defect := adapter_defect(error):
        sink.crash(defect)
    elif is_a(error, Unsupported):
        sink.add("unsupported", message_of(error))
    else:
        bases = tuple(kind.__name__ for kind in type(error).__mro__[1:])
        sink.add("error", message_of(error), type(error).__name__, bases)


def _text(piece: object) -> str:
    if isinstance(piece, str):
        return piece
    raise BadClient(f"the client must yield the text that it shows, as str; it yielded {_kind(piece)}")


def _check_returned(result: object) -> None:
    if result is None:
        return
    if inspect.isawaitable(result) or hasattr(result, "__aiter__"):
        raise BadClient(f"the client must be declared with `async def`; it returned {_kind(result)}")
    raise BadClient(f"the client must yield the text that it shows, not return it; it returned {_kind(result)}")


def _kind(value: object) -> str:
    return f"{value!r:.60} of type {type(value).__name__}"
