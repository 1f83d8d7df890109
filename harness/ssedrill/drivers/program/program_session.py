"""One program for all calls of a run: it reads them, and what is called off, from its standard input."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from ssedrill.clock.clock import Clock
from ssedrill.drivers.driver import MakeCall
from ssedrill.drivers.program.call_lines import CallLines
from ssedrill.drivers.program.environment import facts_of_session, filled_in
from ssedrill.drivers.program.input_pipe import InputPipe
from ssedrill.drivers.program.probe import UNSUPPORTED
from ssedrill.drivers.program.started import DidNotStart, Started, how_it_died, started, tell_held_back
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import SessionTarget, Target

LINGER_S = 2.0
"""How long a program may go on after the end of its input."""
CLOSED_S = 1.0
"""How long a program that has closed its input may take to end before it is taken for one that goes on without."""
CLOSED = "it closed its standard input, where its calls come from"


class ProgramSession:
    """A program that runs, and the calls that it makes. Used on the run's loop.

    ``told`` is where in its input it reads that a call is off, and ``lag_s`` how late it may hear what it is told.
    ``cancels`` says that it can be told to call one off, and ``says_127`` that its exit code 127 is an answer.
    """

    def __init__(
        self,
        program: Started,
        lines: CallLines,
        reads: InputPipe,
        sink: Sink,
        told: dict[int, int],
        *,
        lag_s: float,
        cancels: bool,
        says_127: bool,
    ) -> None:
        self._program = program
        self._lines = lines
        self._input = reads
        self._sink = sink
        self._told = told
        self._lag_s = lag_s
        self._cancels = cancels
        self._says_127 = says_127
        self._told_end = False
        self._over = asyncio.get_running_loop().create_task(self._until_over())
        """Done when the program has ended and all that it has written was read."""

    async def open(self, ready: asyncio.Future[None], patience_s: float) -> None:
        """Wait until the program says its first word, so that no call's time runs while it is loaded."""
        await _first({ready, self._over}, patience_s)

    async def call(self, target: Target) -> None:
        """Make one call: until the program says how it ended, until that itself has, or to the deadline."""
        sink, number = target.sink, target.call
        if self._over.done():
            self._tell_end(sink)
            return
        sink.journal.on_its_way_s = self._lag_s
        claimed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.begin(number, sink, partial(claimed.set_result, None))
        elsewhere = {"fallback_url": target.fallback_url} if target.fallback_url else {}
        mark = self._say({"call": number, "url": target.url, "prompt": target.prompt} | elsewhere)
        if self._cancels:
            target.on_cancel(lambda: None if claimed.done() else self._call_off(number))
        loop = asyncio.get_running_loop()
        until = loop.time() + target.deadline_s
        try:
            await _first({claimed, self._over, self._input.broken}, target.deadline_s)
            lost = self._input.lost(mark)
            if self._input.broken.done():
                await _first({claimed, self._over}, CLOSED_S if lost else until - loop.time())
            if claimed.done():
                return
            if self._over.done():
                self._tell_end(sink)
            elif lost:
                sink.crash(CLOSED)
            else:
                self._stop(number, sink, claimed)
        finally:
            self._lines.end(number)

    async def leave(self) -> None:
        """End the input, and give the program a little time to end."""
        self._input.end()
        await _first({self._over}, LINGER_S)
        code = self._program.process.returncode
        if not self._over.done():
            self._sink.note(f"the program went on for {LINGER_S:g} s after the end of its input and was ended")
        elif code is not None and code > 0 and not self._told_end:
            self._sink.note(f"exit code {code} after the last call")

    async def close(self) -> None:
        """Watch no longer."""
        self._input.close()
        self._over.cancel()
        await asyncio.gather(self._over, return_exceptions=True)

    async def _until_over(self) -> None:
        await self._program.process.wait()
        await self._program.end()
        self._lines.end_line()

    def _say(self, what: dict[str, object]) -> int:
        return self._input.write(json.dumps(what).encode() + b"\n")

    def _call_off(self, number: int) -> None:
        self._told[number] = self._say({"cancel": number})

    def _stop(self, number: int, sink: Sink, claimed: asyncio.Future[None]) -> None:
        """Take a call's deadline; the program lives on for the others."""
        self._program.out.drain()
        self._lines.stop(number)
        sink.stop()
        if self._cancels and not claimed.done():
            self._call_off(number)

    def _tell_end(self, sink: Sink) -> None:
        """Put down in a call's sink how the program has ended, which had not said how the call did."""
        self._told_end, code = True, self._program.process.returncode
        if code == UNSUPPORTED and self._says_127 and self._lines.silent:
            sink.add("unsupported", self._sink.journal.last_words, f"exit {UNSUPPORTED}")
        else:
            sink.crash(how_it_died(code, self._lines.bad_lines))


@asynccontextmanager
async def program_session(
    argv: Sequence[str], target: SessionTarget, clock: Clock, *, cancels: bool, says_127: bool
) -> AsyncIterator[MakeCall]:
    """Start a program that makes all calls of a run; placeholders in ``argv`` are filled in."""
    facts, sink = facts_of_session(target), target.sink
    command = [filled_in(argument, facts) for argument in argv]
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    reads = InputPipe()
    told: dict[int, int] = {}

    def on_late(of_call: Sink) -> None:
        """Excuse what a program prints while it has not even read that it is to stop, up to its patience."""
        if clock.outside_lag_s and of_call.cancelled_t is not None and reads.unread(told.get(of_call.call, 0)):
            late_s = of_call.now() - of_call.cancelled_t + clock.outside_lag_s
            of_call.journal.on_its_way_s = round(min(late_s, target.patience_s), 6)

    lines = CallLines(sink, partial(ready.set_result, None), on_late)
    async with AsyncExitStack() as stack:
        stack.callback(reads.close)
        running = started(command, facts, clock, sink, lines.feed, target.groups, reads)
        try:
            program = await stack.enter_async_context(running)
        except DidNotStart as error:
            yield partial(_crash, str(error))
            return
        session = ProgramSession(
            program, lines, reads, sink, told, lag_s=clock.outside_lag_s, cancels=cancels, says_127=says_127
        )
        try:
            await session.open(ready, target.deadline_s)
            yield session.call
            await session.leave()
        finally:
            await session.close()
    lines.finish()
    tell_held_back(sink)


async def _crash(how: str, target: Target) -> None:
    target.sink.crash(how)


async def _first(futures: set[asyncio.Future[None]], timeout_s: float) -> None:
    await asyncio.wait(futures, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
