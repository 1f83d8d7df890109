"""Run a client that is a program in any language."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, suppress
from typing import Literal

from ssedrill.clock.clock import Clock
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.drivers.driver import Availability, DriverKind, MakeCall
from ssedrill.drivers.program.environment import environment, facts_of, filled_in, held_back
from ssedrill.drivers.program.output import JsonLines, Output, RawText
from ssedrill.drivers.program.pipe import Pipe, Tail
from ssedrill.drivers.program.process_group import end_group, send
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import SessionTarget, Target
from ssedrill.model.redaction import redacted_message

LINGER_S = 2.0
"""How long a program may go on after it has said how it ended."""
PROBE_S = 5.0
FIRST_LINE_BYTES = 4096
UNSUPPORTED = 127
NO_SUCH_DIALECT = "no-such-dialect-probe"


class Program:
    """Drives a program; never through a shell.

    Mode ``jsonl``: one JSON object a line on standard output, the claim among them. Without a claim the program has
    crashed, whatever its exit code. Mode ``raw``: standard output is the text; exit code 0 is the claim "complete",
    any other an error. Exit code 127 says "unsupported" in both. ``{url}``, ``{patience_s}`` and the other facts
    (see :func:`~ssedrill.drivers.program.environment.facts_of`) are filled in in the arguments.
    """

    def __init__(
        self,
        argv: Sequence[str] | Callable[[Target], Sequence[str]],
        mode: Literal["jsonl", "raw"] = "jsonl",
        *,
        version_argv: Sequence[str] = (),
        install: str = "",
    ) -> None:
        """``version_argv`` prints the version; needed where ``argv`` is a function."""
        self._argv = argv
        self._mode = mode
        self._version_argv = tuple(version_argv)
        self._install = install
        self.answers_127: bool | None = None  # to a dialect that does not exist; None: never probed
        self._can: tuple[str, ...] | None = None

    @property
    def kind(self) -> DriverKind:
        """A program."""
        return "program"

    @property
    def connects_in_process(self) -> bool:
        """No: it has a process of its own."""
        return False

    @property
    def doubt_if_unsupported(self) -> str:
        """A shell says 127 too if it does not find the command that it is given."""
        return "is its command right?"

    def module(self) -> str:
        """No module: its code is not in this process."""
        return ""

    def probe(self) -> Availability:
        """Look for the program, ask for its version, and see whether it says 127 to a dialect that does not exist.

        A program that does not can't say "unsupported": its exit code 127 is then taken for a crash, as it may come
        from a shell that has not found a command.
        """
        executable = self._executable()[0]
        if shutil.which(executable) is None:
            how = f" ({self._install})" if self._install else ""
            return Availability(False, why=f"there is no program {executable}{how}")
        version = _version(self._version_argv) if self._version_argv else ""
        if self._mode == "raw" or callable(self._argv):
            return Availability(True, version)
        if self.answers_127 is None:
            self.answers_127, self._can = self._probe_dialect()
        why = "" if self.answers_127 else f"it does not answer an unknown dialect with exit code {UNSUPPORTED}"
        return Availability(True, version, why, self.answers_127, self._can)

    def recall(self, found: Availability) -> None:
        """Know what its exit code 127 says without asking again."""
        self.answers_127 = found.answers_127

    def why_not_virtual(self) -> str | None:
        """Ask what the program's file tells; the rest is found out when it runs."""
        return why_not_preloadable(self._executable())

    @property
    def makes_calls(self) -> bool:
        """No: each run of a program is one call."""
        return False

    def session(self, target: SessionTarget, clock: Clock) -> AbstractAsyncContextManager[MakeCall]:
        """See Driver."""
        raise NotImplementedError("a program makes one call")

    def _executable(self) -> Sequence[str]:
        return self._version_argv if callable(self._argv) else self._argv

    async def run(self, target: Target, clock: Clock) -> None:
        """Run the program until it ends or the deadline passes; then terminate and kill its process group."""
        sink, claimed, errors = target.sink, asyncio.Event(), Tail()
        output: Output = RawText(sink) if self._mode == "raw" else JsonLines(sink, claimed.set)
        sink.journal.raw = self._mode == "raw"
        with ExitStack() as stack:
            out, err = Pipe(output.feed), Pipe(errors.feed)
            stack.callback(err.close)
            stack.callback(out.close)
            env = environment(target, os.environ)
            pipes = {"stdin": asyncio.subprocess.DEVNULL, "stdout": out.write_fd, "stderr": err.write_fd}
            try:
                process = await clock.start_program(self._command(target), env, **pipes)
            except (OSError, ValueError) as error:
                sink.journal.crashed = sink.message(f"did not start: {error}")
                return
            target.groups.add(process.pid)
            target.on_cancel(lambda: send(process.pid, signal.SIGINT))
            out.started()
            err.started()
            try:
                await self._watch(process, claimed, out, output, target)
            finally:
                if not await end_group(process, out, err):
                    sink.note("something that the program started left its process group and kept its output open")
                output.finish()
                said = redacted_message(errors.text(), sink.run)
                sink.journal.stderr = sink.secrets.text(said, cut=errors.cut)
        if not sink.journal.stopped:
            self._conclude(process.returncode, output, sink)
        self._tell_held_back(sink)

    async def _watch(
        self, process: asyncio.subprocess.Process, claimed: asyncio.Event, out: Pipe, output: Output, target: Target
    ) -> None:
        """Wait for the exit, for a claim and then a little for the exit, or for the deadline."""
        loop, sink = asyncio.get_running_loop(), target.sink
        exited, said = loop.create_task(process.wait()), loop.create_task(claimed.wait())
        try:
            await asyncio.wait({exited, said}, timeout=target.deadline_s, return_when=asyncio.FIRST_COMPLETED)
            if not exited.done() and said.done():
                await asyncio.wait({exited}, timeout=LINGER_S)
                if not exited.done():
                    sink.note(f"the program went on for {LINGER_S:g} s after its claim and was ended")
            elif not exited.done():
                out.drain()
                output.stop()
                sink.stop()
        except asyncio.CancelledError:
            sink.close()
            raise
        finally:
            for task in (exited, said):
                task.cancel()
            await asyncio.gather(exited, said, return_exceptions=True)

    def _conclude(self, code: int | None, output: Output, sink: Sink) -> None:
        """Put down how the program ended, where it has not said so itself."""
        if sink.cancelled_t is not None:  # it was told to stop, and its exit code tells of that
            return
        if output.claimed:
            if code is not None and code > 0:
                sink.note(f"exit code {code} after the claim")
            return
        last = next((line for line in reversed(sink.journal.stderr.splitlines()) if line.strip()), "").strip()
        bad = f", {output.bad_lines} lines of output not understood" if output.bad_lines else ""
        if code is None:
            sink.journal.crashed = "it could not be killed"
        elif code < 0:
            sink.journal.crashed = f"signal {-code}{bad}"
        elif code == UNSUPPORTED and self.answers_127 is not False and not sink.journal.entries:
            sink.add("unsupported", last, f"exit {UNSUPPORTED}")
        elif self._mode == "jsonl":
            sink.journal.crashed = f"exit code {code}, no claim{bad}"
        elif code == 0:
            sink.add("done")
        else:
            sink.add("error", last, f"exit {code}")

    def _tell_held_back(self, sink: Sink) -> None:
        """Say that a variable was held back if the program itself names it in its last words."""
        words = set(re.findall(r"\w+", f"{sink.journal.stderr} {[e.text for e in sink.journal.entries[-1:]]}"))
        named = [name for name in held_back(os.environ) if name in words]
        if named:
            sink.note(f"held back from the program: {', '.join(named)}, as credentials are (see --pass-env)")

    def _command(self, target: Target) -> list[str]:
        if callable(self._argv):
            return list(self._argv(target))
        facts = facts_of(target)
        return [filled_in(argument, facts) for argument in self._argv]

    def _probe_dialect(self) -> tuple[bool, tuple[str, ...] | None]:
        """Return whether it says 127 to a dialect that does not exist, and what it said before that it can."""
        target = Target("http://127.0.0.1:9/", NO_SUCH_DIALECT, "probe", 1.0, PROBE_S, Sink(lambda: 0.0))
        try:
            process = subprocess.Popen(
                self._command(target),
                env=environment(target, os.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            return False, None
        with process:
            try:
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(PROBE_S) == UNSUPPORTED, _said_at_first(process)
                return False, None
            finally:
                send(process.pid, signal.SIGKILL)


def _said_at_first(process: subprocess.Popen[bytes]) -> tuple[str, ...] | None:
    """Return what the first line of a program that has ended says that it can; None if it says nothing of it."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)  # something that it has started may hold the pipe open
    said = Sink(lambda: 0.0)
    with suppress(BlockingIOError):
        JsonLines(said).feed(os.read(process.stdout.fileno(), FIRST_LINE_BYTES))
    return said.journal.can


def _version(argv: Sequence[str]) -> str:
    """Return the first thing that looks like a version in what a program prints, or nothing."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(rb"\d+(\.\d+)+[-+.\w]*", done.stdout)
    return found[0].decode("utf-8", "replace") if found else ""
