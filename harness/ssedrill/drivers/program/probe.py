"""What a program says when it is asked for a dialect that does not exist: by its exit code, and in its first line."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ssedrill.drivers.program.output import JsonLines
from ssedrill.drivers.program.process_group import send
from ssedrill.drivers.sink import Sink

NO_SUCH_DIALECT = "no-such-dialect-probe"
UNSUPPORTED = 127
FIRST_LINE_BYTES = 4096
READ_BYTES = 64 * 1024
LOOK_S = 0.05
"""How often it is asked whether a program has ended whose output something that it has started holds open."""


@dataclass(frozen=True)
class Answer:
    """What came of asking."""

    is_127: bool = False
    can: tuple[str, ...] | None = None  # what its first line says that it can; None: nothing of it


def ask(argv: Sequence[str], env: Mapping[str, str], patience_s: float) -> Answer:
    """Start a program, and wait until it has ended or for so long; nothing of it is left.

    One that goes on is believed in what its first line says. All of its output is read, so that one that prints much
    before it ends is not held up.
    """
    try:
        process = subprocess.Popen(
            argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return Answer()
    assert process.stdout is not None
    with process:
        try:
            first = _listen(process, process.stdout.fileno(), time.monotonic() + patience_s)
            code = process.poll()
        finally:
            send(process.pid, signal.SIGKILL)
    said = Sink(lambda: 0.0)
    lines = JsonLines(said)
    lines.feed(first)
    lines.finish()
    return Answer(code == UNSUPPORTED, said.journal.can)


def _listen(process: subprocess.Popen[bytes], fd: int, end: float) -> bytes:
    """Return the beginning of what a program prints, when it has ended or its time is over."""
    os.set_blocking(fd, False)
    readable = select.poll()
    readable.register(fd, select.POLLIN)
    first, ended, closed = b"", False, False
    while not ended and (left := end - time.monotonic()) > 0:
        ended = process.poll() is not None  # before the last look: what it has printed by then is there
        if closed:
            try:
                process.wait(left)
            except subprocess.TimeoutExpired:
                break
            continue
        if not readable.poll(0 if ended else 1000 * min(left, LOOK_S)):
            continue
        data = os.read(fd, READ_BYTES)
        first += data[: FIRST_LINE_BYTES - len(first)]
        closed = not data
    return first
