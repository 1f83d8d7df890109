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
from typing import NoReturn

from ssedrill.clock.choose import ClockWish
from ssedrill.model.record import Record
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.one_run import Job, drill, note_real_clock


class HarnessFault(Exception):
    """Something went wrong in a worker that is the harness's fault; the message is the traceback."""


class Elsewhere(Exception):
    """A job can't be done in this process; ``why_real``, if any, is why it needs the real clock besides."""

    def __init__(self, why_real: str | None) -> None:
        super().__init__(why_real)
        self.why_real = why_real


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

    def drill(self, job: Job, interrupt: Interrupt) -> Record:
        """Run one job; raises CancelledError when the interrupt fires, HarnessFault if the harness is broken."""
        return self._conclude(job, interrupt, self._ask(job, self._clock, interrupt))

    def drill_afresh(self, job: Job, interrupt: Interrupt, why_real: str | None) -> Record:
        """Run one job in a process that has run nothing yet, on the real clock if there is a reason for it."""
        if self._used:
            self.close()
            self._start()
        clock: ClockWish = self._clock if why_real is None else "real"
        record = self._conclude(job, interrupt, self._ask(job, clock, interrupt))
        return record if why_real is None else note_real_clock(record, why_real)

    def _conclude(self, job: Job, interrupt: Interrupt, answer: object) -> Record:
        if isinstance(answer, Record):
            return answer
        if isinstance(answer, Elsewhere):
            return self.drill_afresh(job, interrupt, answer.why_real)
        raise HarnessFault(answer)

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
            pipe.send(drill(job, clock=clock, interrupt=interrupt, elsewhere=_refuse))
        except Elsewhere as refused:
            pipe.send(refused)
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and interrupt.fired:
                return
            pipe.send(traceback.format_exc())


def _refuse(why_real: str | None) -> NoReturn:
    raise Elsewhere(why_real)
