"""One run of a client function: what it yields, returns and raises, put into the sink."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from ssedrill.clock.errors import Halt
from ssedrill.drivers.in_process.adapter_defect import BadClient, adapter_defect, is_a, message_of
from ssedrill.drivers.target import Target, Unsupported

BREATHER = 64
"""After so many pieces without a pause an async client lets its loop do something else."""


class Session:
    """Runs a client function once. ``stopping`` is set from outside when nobody listens any more."""

    def __init__(self, function: Callable[[Target], object], target: Target) -> None:
        self.stopping = False
        self.ended = False
        self._function = function
        self._target = target

    async def run_async(self) -> None:
        """Run an async generator function or a coroutine function to its end; only cancelling and Halt get out."""
        try:
            made = self._function(self._target)
            if hasattr(made, "__aiter__"):
                await self._show_async(made)
            elif inspect.isawaitable(made):
                _check_returned(await made)
            else:
                raise BadClient(f"an async client returned {_kind(made)}; it must be an async generator or coroutine")
            self._target.sink.add("done")
        except Halt:  # its clock ends it
            raise
        except GeneratorExit as error:  # the client's own, or this very coroutine is being thrown away
            self._failed(error)
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if self.stopping or (task is not None and task.cancelling()):
                raise
            self._failed(error)
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: they are the client's, not the user's
            self._failed(error)
        finally:
            self.ended = True

    def run_blocking(self) -> None:
        """Run a generator function or a plain function to its end; nothing but Halt gets out."""
        try:
            made = self._function(self._target)
            if isinstance(made, Iterator):
                self._show(made)
            else:
                if inspect.iscoroutine(made):
                    made.close()
                _check_returned(made)
            self._target.sink.add("done")
        except Halt:
            raise
        except BaseException as error:
            self._failed(error)
        finally:
            self.ended = True

    async def _show_async(self, pieces: Any) -> None:
        count = 0
        try:
            async for piece in pieces:
                if self.stopping:
                    break
                self._target.sink.add("text", _text(piece))
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
                if self.stopping:
                    break
                self._target.sink.add("text", _text(piece))
        finally:
            if (close := getattr(pieces, "close", None)) is not None:
                with suppress(Exception):
                    close()

    def _failed(self, error: BaseException) -> None:
        sink = self._target.sink
        if defect := adapter_defect(error):
            sink.crash(defect)
        elif is_a(error, Unsupported):
            sink.add("unsupported", message_of(error))
        else:
            sink.add("error", message_of(error), type(error).__name__)


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
