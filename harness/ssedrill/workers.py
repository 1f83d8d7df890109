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
from ssedrill.interrupt import Interrupt
from ssedrill.record import Record
from ssedrill.run import Job, drill


class HarnessFault(Exception):
    """Something went wrong in a worker that is the harness's fault; the message is the traceback."""


class Worker:
    """A process that does one run at a time. Made and used by one thread."""

    def __init__(self, clock: ClockWish) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, clock), daemon=True)
        self._process.start()
        theirs.close()

    def drill(self, job: Job, interrupt: Interrupt) -> Record:
        """Run one job; raises CancelledError when the interrupt fires, HarnessFault where the harness is broken."""
        with interrupt.calling(self._process.terminate):
            try:
                self._pipe.send(job)
                result = self._pipe.recv()
            except (EOFError, OSError):
                if interrupt.fired:
                    raise asyncio.CancelledError from None
                raise HarnessFault(f"a worker died with exit code {self._process.exitcode} in {job}") from None
        if isinstance(result, Record):
            return result
        raise HarnessFault(result)

    def close(self) -> None:
        """Let the process end."""
        self._pipe.close()
        self._process.join(5)
        self._process.kill()


def _serve(pipe: Connection, clock: ClockWish) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; our parent tells us what to do
    interrupt = Interrupt()
    signal.signal(signal.SIGTERM, lambda signum, frame: interrupt.fire())
    while not interrupt.fired:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(drill(job, clock=clock, interrupt=interrupt))
        except asyncio.CancelledError:
            return
        except Exception:
            pipe.send(traceback.format_exc())
