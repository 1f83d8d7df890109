"""A program that runs, with what it writes heard, and how to be sure that nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager

from ssedrill.clock.clock import Clock
from ssedrill.drivers.program.environment import environment, held_back
from ssedrill.drivers.program.input_pipe import InputPipe
from ssedrill.drivers.program.pipe import Pipe, Tail
from ssedrill.drivers.program.process_group import end_group
from ssedrill.drivers.sink import Sink
from ssedrill.model.redaction import redacted_message


class DidNotStart(Exception):
    """A program did not start; the message says why."""


class Started:
    """A program that has been started; its last words, and what is to be said of it, go to ``sink``."""

    def __init__(self, process: asyncio.subprocess.Process, out: Pipe, err: Pipe, errors: Tail, sink: Sink) -> None:
        self.process = process
        self.out = out
        self._err = err
        self._errors = errors
        self._sink = sink
        self._ended = False

    async def end(self) -> None:
        """Terminate and kill what is left of it, and read what it has written."""
        if self._ended:
            return
        if not await end_group(self.process, self.out, self._err):
            self._sink.note("something that the program started left its process group and kept its output open")
        self._ended = True
        said = redacted_message(self._errors.text(), self._sink.run)
        self._sink.journal.stderr = self._sink.secrets.text(said, cut=self._errors.cut)


@asynccontextmanager
async def started(
    argv: Sequence[str],
    facts: Mapping[str, str],
    clock: Clock,
    sink: Sink,
    hear: Callable[[bytes], None],
    groups: set[int],
    reads: InputPipe | None = None,
) -> AsyncIterator[Started]:
    """Start a program, which is over when this is left; raises DidNotStart.

    ``hear`` is given what it writes to standard output. Without ``reads`` its standard input is empty.
    """
    errors = Tail()
    with ExitStack() as stack:
        out, err = Pipe(hear), Pipe(errors.feed)
        stack.callback(err.close)
        stack.callback(out.close)
        stdin = asyncio.subprocess.DEVNULL if reads is None else reads.read_fd
        pipes = {"stdin": stdin, "stdout": out.write_fd, "stderr": err.write_fd}
        try:
            process = await clock.start_program(list(argv), environment(facts, os.environ), **pipes)
        except (OSError, ValueError) as error:
            raise DidNotStart(f"did not start: {error}") from None
        groups.add(process.pid)
        out.started()
        err.started()
        if reads is not None:
            reads.started()
        program = Started(process, out, err, errors, sink)
        try:
            yield program
        finally:
            await program.end()


def how_it_died(code: int | None, bad_lines: int) -> str:
    """Say how a program ended that had to make a claim, and made none."""
    bad = f", {bad_lines} lines of output not understood" if bad_lines else ""
    if code is None:
        return "it could not be killed"
    return f"signal {-code}{bad}" if code < 0 else f"exit code {code}, no claim{bad}"


_DEADLY = frozenset(
    (signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGSYS, signal.SIGTRAP)
)
"""Nobody sends these to end a program: what dies of one has broken down. A shell says 128 and the number."""


def broke_down(code: int | None) -> bool:
    """Tell whether a program has ended by a defect of its own, whatever it was told to do."""
    return code is not None and (-code in _DEADLY or code - 128 in _DEADLY)


def tell_held_back(sink: Sink) -> None:
    """Say that a variable was held back if the program itself names it in its last words."""
    words = set(re.findall(r"\w+", f"{sink.journal.stderr} {[e.text for e in sink.journal.entries[-1:]]}"))
    named = [name for name in held_back(os.environ) if name in words]
    if named:
        sink.note(f"held back from the program: {', '.join(named)}, as credentials are (see --pass-env)")
