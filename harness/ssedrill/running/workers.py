"""Runs in processes of their own.

Virtual runs can't share a process: they would only take turns, and while one of them starts a program, the other's
sockets are open in the new process until it has become that program, so that an end of a connection comes late.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import traceback
from multiprocessing.connection import Connection

from ssedrill.clock.choose import ClockWish
from ssedrill.clock.virtual.reuse import Spent
from ssedrill.model.record import Record
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.run import Job, drill


class HarnessFault(Exception):
    """Something went wrong in a worker that is the harness's fault; the message is the traceback."""


class Worker:
    """A process that does one run at a time. Made and used by one thread."""

    def __init__(self, clock: ClockWish) -> None:
        self._clock = clock
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._used = False

    def drill(self, job: Job, interrupt: Interrupt, spent: Spent | None = None) -> Record:
        """Run one job; raises CancelledError when the interrupt fires, HarnessFault where the harness is broken.

        ``spent`` is what the job raised in another process, if it was there.
        """
        clock = self._clock
        result: object = spent or self._ask(job, clock, interrupt)
        while isinstance(result, Spent):
            reason = result.reason
            if self._used:
                self.close()
                self._start()
            clock = clock if reason is None else "real"
            result = self._ask(job, clock, interrupt)
            if isinstance(result, Record) and reason is not None:
                result.notes.insert(0, f"on the real clock: {reason}")
        if isinstance(result, Record):
            return result
        raise HarnessFault(result)

    def _ask(self, job: Job, clock: ClockWish, interrupt: Interrupt) -> object:
        self._used = True
        with interrupt.calling(self._process.terminate):
            try:
                self._pipe.send((job, clock))
                return self._pipe.recv()
            except (EOFError, OSError):
                if interrupt.fired:
                    raise asyncio.CancelledError from None
                raise HarnessFault(f"a worker died with exit code {self._process.exitcode} in {job}") from None

    def close(self) -> None:
        """Let the process end."""
        self._pipe.close()
        self._process.join(5)
        self._process.kill()


def _serve(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; our parent tells us what to do
    interrupt = Interrupt()
    signal.signal(signal.SIGTERM, lambda signum, frame: interrupt.fire())
    while not interrupt.fired:
        try:
            job, clock = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(drill(job, clock=clock, interrupt=interrupt, movable=True))
        except Spent as spent:
            pipe.send(spent)
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and interrupt.fired:
                return
            pipe.send(traceback.format_exc())
