"""One worker, as its supervisor has it: asked one thing at a time, listened to, and ended."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import select
import sys
import tempfile
import threading
import time
from contextlib import suppress
from typing import Any

from ssedrill.model.codec import decode
from ssedrill.running import frames
from ssedrill.running.black_box import BOX_BYTES, BoxReader
from ssedrill.running.interrupt import Interrupt
from ssedrill.running.seen import Seen
from ssedrill.running.supervisor.births import NURSERY
from ssedrill.running.supervisor.last_words import fit_to_keep, how_it_died, seen_until
from ssedrill.running.supervisor.output import Output, roomy_pipe
from ssedrill.running.worker.keeper import TERMINATE
from ssedrill.running.worker.nursery import Descriptors
from ssedrill.running.worker.serve import Describe, Probe, Run, Surroundings
from ssedrill_faults.plan import Plan

LOOK_S = 0.25
LEAVE_S = 3.0
"""How long an interrupted run has for ending its programs by itself."""
END_S = 2.0
"""How long a worker that is not needed any more has for what the client's modules do at exit."""
DEAF_S = 2.0
"""How long a worker that can't answer any more may take to end, so that it is known how it ended."""
STILL_S = 60.0
"""A worker in which no Python ran for so long is stuck: something in it holds the interpreter's lock."""
OVERTIME_S = 30.0
"""How long after its deadline a run on the real clock may still be ending its client."""
TOO_MUCH = f"the copy of the journals that outlives its process holds {BOX_BYTES // 1024**2} MiB"
READ_BYTES = SEND_BYTES = 1024 * 1024


class Lost(Exception):
    """A worker is not there any more, or of no use; the message says why."""


class WorkerProcess:
    """A process that does one run at a time. Used by one thread, but that others may abandon it."""

    def __init__(self) -> None:
        commands, self._commands = os.pipe()
        self._answers, answers = roomy_pipe()
        said, output = roomy_pipe()
        life, self._life = os.pipe()
        self._news, news = os.pipe()
        box = _shared_memory()
        fds = Descriptors(commands, answers, output, box, life, news)
        self._box = BoxReader(box)
        self._output = Output(said)
        self._plans: dict[str, Plan] = {}
        self._heard = bytearray()
        self._told = b""
        self._over = False  # its keeper has ended
        self._deaf_since: float | None = None
        self._letting_go = threading.Lock()
        self._status: int | None = None
        self._began = time.monotonic()
        self._runs = 0  # that had begun when it was last asked
        self.worn = False
        """The next run should have another."""
        os.set_blocking(self._answers, False)
        os.set_blocking(self._commands, False)
        try:
            NURSERY.bear(fds)
        finally:
            for fd in fds:
                os.close(fd)
        self._command = bytearray(frames.framed(pickle.dumps(_surroundings())))

    def ask(
        self, command: Describe | Probe | Run, interrupt: Interrupt, net_s: float, *, deadline_s: float = 0.0
    ) -> dict[str, Any]:
        """Return the worker's answer; raises Lost, and CancelledError when the interrupt fires.

        ``net_s`` is how many seconds of real time it may take at most until it is on the real clock, where it has
        ``deadline_s`` and a little more.
        """
        self._command += frames.framed(pickle.dumps(command))
        self._began = time.monotonic()
        self._runs = self._box.runs
        self._output.begin(run=isinstance(command, Run))
        with interrupt.calling(self._interrupt):
            try:
                answer = json.loads(self._listen(interrupt, _Nets(net_s, deadline_s, self._box)))
            except (frames.Garbled, ValueError, RecursionError):
                raise Lost("its process said nothing that can be read") from None
        if not isinstance(answer, dict):
            raise Lost("its process said nothing that can be read")
        if interrupt.fired:
            raise asyncio.CancelledError
        self.worn = answer.pop("worn", False) is not False
        return answer

    @property
    def begun(self) -> bool:
        """Whether it has begun the run that it was last asked for."""
        return self._box.runs != self._runs

    def plans(self, answer: dict[str, Any]) -> dict[str, Plan]:
        """Return the plans that an answer of this worker may name, those that it tells among them; BadValue."""
        known = self._plans
        known |= decode(dict[str, Plan], answer.pop("plans", {}), "plans")
        if answer.pop("forgets", False) is True:
            self._plans = {}
        return known

    @property
    def printed(self) -> str:
        """The end of what was printed during the last run, fit to be kept."""
        if not (text := self._output.end):
            return ""
        at = next((entry for entry in self._box.entries() if entry[0] == "at"), ["at", ""])
        return fit_to_keep(text, str(at[1]))

    def remains(self, why: str, *, quoted: bool = True) -> Seen:
        """End it, and return what was seen of the run that it was at; ``quoted``: with the last that it said."""
        wall_s = round(time.monotonic() - self._began, 6)
        self.kill()
        self._output.drain()
        seen = seen_until(self._box.entries(), self._plans, why, self._output.end, wall_s, quoted=quoted)
        if self._box.full:
            seen.remarks = (*seen.remarks, f"what came after {seen.ended_t:.3f} s is lost: {TOO_MUCH}")
        return seen

    def abandon(self) -> None:
        """Have it end; whoever waits for its answer is told that it is lost. From any thread."""
        self._let_go("_life")

    def kill(self) -> None:
        """End it, and all that it has started, now."""
        self._let_go("_life")
        self._wait(END_S * 5)

    def close(self) -> None:
        """Let it end, and give everything back."""
        self._output.begin(run=False)
        self._let_go("_commands")
        self._wait(END_S)
        self.kill()
        self._output.close()
        for fd in (self._answers, self._news):
            os.close(fd)
        self._box.close()

    def _interrupt(self) -> None:
        with suppress(OSError):
            os.write(self._life, TERMINATE)

    def _let_go(self, name: str) -> None:
        with self._letting_go:
            if (fd := getattr(self, name)) >= 0:
                setattr(self, name, -1)
                os.close(fd)

    def _listen(self, interrupt: Interrupt, nets: _Nets) -> bytes:
        """Send what is to be sent, and return the message that comes back."""
        fired_at = None
        while True:
            now = time.monotonic()
            if (message := frames.first_of(self._heard)) is not None:
                self._heard.clear()
                self._output.drain()
                return message
            if self._over:
                if interrupt.fired:
                    raise asyncio.CancelledError
                raise Lost(how_it_died(self._status))
            if interrupt.fired:
                fired_at = fired_at or now
                if now - fired_at > LEAVE_S:
                    raise asyncio.CancelledError
            if self._deaf_since and now - self._deaf_since > DEAF_S:
                raise Lost("its process can't be heard any more: the descriptors that it answers by were closed")
            if caught := nets.caught():
                raise Lost(f"{caught} and was killed")
            self._turn(LOOK_S)
            nets.passed(time.monotonic() - now)

    def _turn(self, wait_s: float) -> None:
        poll = select.poll()
        said = () if self._output.ended else (self._output.fd,)
        for fd in (*said, self._news, *(() if self._deaf_since else (self._answers,))):
            poll.register(fd, select.POLLIN)
        if self._command and self._commands >= 0:
            poll.register(self._commands, select.POLLOUT)
        for fd, _ in poll.poll(wait_s * 1000):
            if fd == self._commands:
                self._send()
            elif fd == self._answers:
                self._hear()
            elif fd == self._news:
                self._hear_news()
            else:
                self._output.read()

    def _send(self) -> None:
        try:
            del self._command[: os.write(self._commands, memoryview(self._command)[:SEND_BYTES])]
        except BlockingIOError:
            pass
        except OSError:  # it is dead, which its keeper tells
            self._command.clear()

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            data = os.read(self._answers, READ_BYTES)
            self._heard += data
            if not data:  # it has ended, which its keeper tells, or has closed what it would answer by
                self._deaf_since = time.monotonic()

    def _hear_news(self) -> None:
        """Hear the keeper: at its end the last answer is whole, or never will be."""
        data = os.read(self._news, READ_BYTES)
        self._told += data
        for line in self._told.splitlines():
            with suppress(ValueError):
                self._status = json.loads(line).get("status", self._status)
        if not data or b'"status"' in self._told:
            self._over = True
            with suppress(BlockingIOError):
                while more := os.read(self._answers, READ_BYTES):
                    self._heard += more

    def _wait(self, most_s: float) -> None:
        end = time.monotonic() + most_s
        while not self._over and time.monotonic() < end:
            self._turn(min(LOOK_S, most_s))


class _Nets:
    """Say when a worker is not to be waited for any longer.

    They count the supervisor's own turns: a machine that was asleep is not held against the worker.
    """

    def __init__(self, net_s: float, deadline_s: float, box: BoxReader) -> None:
        self._net_s, self._deadline_s, self._box = net_s, deadline_s, box
        self._beats, self._runs = box.beats, box.real_runs
        self._all = self._still = self._real = 0.0

    def passed(self, seconds: float) -> None:
        """Take note of time that has passed."""
        seconds = min(seconds, 2 * LOOK_S)
        self._still = self._still + seconds if self._box.beats == self._beats else 0.0
        self._beats = self._box.beats
        self._all += seconds
        self._real += seconds if self._box.real_runs != self._runs else 0.0

    def caught(self) -> str | None:
        """Say what the worker has done for too long."""
        if self._still > STILL_S:
            return f"its process ran no Python for {STILL_S:.0f} s"
        if self._real > self._deadline_s + OVERTIME_S:
            return f"its process had not ended the run {OVERTIME_S:.0f} s after the deadline"
        if self._all - self._real > self._net_s:
            return f"its process had not answered after {self._net_s:.0f} s"
        return None


def _surroundings() -> Surroundings:
    try:
        folder = os.getcwd()
    except OSError:  # it was removed
        folder = os.path.sep
    return Surroundings(folder, dict(os.environ), list(sys.path), list(sys.argv))


def _shared_memory() -> int:
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("ssedrill-journals")
    else:
        fd, name = tempfile.mkstemp(prefix="ssedrill-journals-")
        os.unlink(name)
    os.ftruncate(fd, BOX_BYTES)
    return fd
