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
from ssedrill.running.one_run import NOTHING_YET, Job, SoFar, drill


class HarnessFault(Exception):
    """Something went wrong in a worker that is the harness's fault; the message is the traceback."""


class Elsewhere(Exception):
    """A job can't be done in this process; ``so_far`` is what was found out about it."""

    def __init__(self, so_far: SoFar) -> None:
        super().__init__(so_far)
        self.so_far = so_far


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

    def drill(self, job: Job, interrupt: Interrupt, so_far: SoFar = NOTHING_YET) -> Record:
        """Run one job, in a new process if this one can't do it any more.

        Raises CancelledError when the interrupt fires, HarnessFault if the harness is broken.
        """
        answer = self._ask(job, so_far, interrupt)
        while isinstance(answer, Elsewhere):
            self.close()
            self._start()
            answer = self._ask(job, answer.so_far, interrupt)
        if isinstance(answer, Record):
            return answer
        raise HarnessFault(answer)

    def _ask(self, job: Job, so_far: SoFar, interrupt: Interrupt) -> object:
        with interrupt.calling(self._process.terminate):
            try:
                self._pipe.send((job, self._clock, so_far))
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
            job, clock, so_far = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(drill(job, clock=clock, interrupt=interrupt, elsewhere=_refuse, so_far=so_far))
        except Elsewhere as refused:
            pipe.send(refused)
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and interrupt.fired:
                return
            pipe.send(traceback.format_exc())


def _refuse(so_far: SoFar) -> NoReturn:
    raise Elsewhere(so_far)
