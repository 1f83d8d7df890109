"""Run a client that is a program in any language."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal

from ssedrill.clock.clock import Clock
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.drivers.driver import Availability, DriverKind, MakeCall
from ssedrill.drivers.program.environment import environment, facts_of, filled_in
from ssedrill.drivers.program.output import JsonLines, Output, RawText
from ssedrill.drivers.program.pipe import Pipe
from ssedrill.drivers.program.probe import NO_SUCH_DIALECT, UNSUPPORTED, ask
from ssedrill.drivers.program.process_group import send
from ssedrill.drivers.program.program_session import program_session
from ssedrill.drivers.program.started import DidNotStart, broke_down, how_it_died, started, tell_held_back
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import SessionTarget, Target

LINGER_S = 2.0
"""How long a program may go on after it has said how it ended."""
PROBE_S = 5.0


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
        version = self._version(executable)
        if self._mode == "raw" or callable(self._argv):
            return Availability(True, version)
        if self.answers_127 is None:
            self._ask()
        why = "" if self.answers_127 else f"it does not answer an unknown dialect with exit code {UNSUPPORTED}"
        return Availability(True, version, why, self.answers_127, self._can)

    def _version(self, executable: str) -> str:
        """Ask for the version; a file that is named by its path is the user's own, and may not know the option."""
        if self._version_argv:
            return _version(self._version_argv)
        found = "" if "/" in executable else _version((executable, "--version"))
        return f"{executable} {found}" if found else ""

    def recall(self, found: Availability) -> None:
        """Know what it can, and what its exit code 127 says, without asking again."""
        self.answers_127, self._can = found.answers_127, found.can

    def why_not_virtual(self) -> str | None:
        """Ask what the program's file tells; the rest is found out when it runs."""
        return why_not_preloadable(self._executable())

    @property
    def makes_calls(self) -> bool:
        """It does if it says so in its first line; it is started for that once, if it was not before."""
        return "calls" in self._abilities()

    @property
    def cancels_calls(self) -> bool:
        """The same."""
        return "cancel" in self._abilities()

    def session(self, target: SessionTarget, clock: Clock) -> AbstractAsyncContextManager[MakeCall]:
        """Start the program; it reads its calls from its standard input."""
        if callable(self._argv):
            raise NotImplementedError("this program makes one call")
        says_127 = self.answers_127 is not False
        return program_session(self._argv, target, clock, cancels=self.cancels_calls, says_127=says_127)

    def _abilities(self) -> tuple[str, ...]:
        if self._mode == "raw" or callable(self._argv):
            return ()
        if self.answers_127 is None:
            self._ask()
        return self._can or ()

    def _executable(self) -> Sequence[str]:
        return self._version_argv if callable(self._argv) else self._argv

    async def run(self, target: Target, clock: Clock) -> None:
        """Run the program until it ends or the deadline passes; then terminate and kill its process group."""
        sink, claimed = target.sink, asyncio.Event()
        output: Output = RawText(sink) if self._mode == "raw" else JsonLines(sink, claimed.set)
        sink.journal.raw, sink.journal.on_its_way_s = self._mode == "raw", clock.outside_lag_s
        running = started(self._command(target), facts_of(target), clock, sink, output.feed, target.groups)
        try:
            async with running as program:
                process = program.process
                target.on_cancel(lambda: send(process.pid, signal.SIGINT))
                await self._watch(process, claimed, program.out, output, target)
        except DidNotStart as error:
            sink.journal.crashed = sink.message(str(error))
            return
        finally:
            output.finish()
        if not sink.journal.stopped:
            self._conclude(process.returncode, output, sink)
        tell_held_back(sink)

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
            if broke_down(code):
                sink.journal.crashed = how_it_died(code, output.bad_lines)
            return
        if output.claimed:
            if code is not None and code > 0:
                sink.note(f"exit code {code} after the claim")
            return
        if code == UNSUPPORTED and self.answers_127 is not False and not sink.journal.entries:
            sink.add("unsupported", sink.journal.last_words, f"exit {UNSUPPORTED}")
        elif self._mode == "jsonl" or code is None or code < 0:
            sink.journal.crashed = how_it_died(code, output.bad_lines)
        elif code == 0:
            sink.add("done")
        else:
            sink.add("error", sink.journal.last_words, f"exit {code}")

    def _command(self, target: Target) -> list[str]:
        if callable(self._argv):
            return list(self._argv(target))
        facts = facts_of(target)
        return [filled_in(argument, facts) for argument in self._argv]

    def _ask(self) -> None:
        """Find out whether it says 127 to a dialect that does not exist, and what it says before that it can."""
        target = Target("http://127.0.0.1:9/", NO_SUCH_DIALECT, "probe", 1.0, PROBE_S, Sink(lambda: 0.0))
        answer = ask(self._command(target), environment(facts_of(target), os.environ), PROBE_S)
        self.answers_127, self._can = answer.is_127, answer.can


def _version(argv: Sequence[str]) -> str:
    """Return the first thing that looks like a version in what a program prints, or nothing."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(rb"\d+(\.\d+)+[-+.\w]*", done.stdout)
    return found[0].decode("utf-8", "replace") if found else ""
