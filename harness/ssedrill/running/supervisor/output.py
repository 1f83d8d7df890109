"""What a worker, and whatever runs in it, writes to its standard output and error.

During a run it is kept, as far as there is room, and told with the run: nothing is to stand between the lines of
a command. What comes at other times, when a module is imported or a process ends, is no run's: it is passed on to
standard error.
"""

from __future__ import annotations

import codecs
import os
import sys
from contextlib import suppress

from ssedrill.drivers.program.pipe import Tail

PIPE_BYTES = 1024 * 1024
"""A client that prints is not to wait for us: on the virtual clock that would look as if it waited for something."""
READ_BYTES = 65536
F_SETPIPE_SZ = 1031
DEBUG = "SSEDRILL_DEBUG"
"""The variable that, if it is 1, has everything passed on at once."""


def roomy_pipe() -> tuple[int, int]:
    """Return both ends of a pipe that holds as much as the system lets it."""
    ends = os.pipe()
    with suppress(ImportError, OSError):
        import fcntl

        fcntl.fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES)
    return ends


class Output:
    """The read end of the pipe that both streams are. Never waits."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._kept = Tail()
        self._in_run = False
        self.ended = False
        os.set_blocking(fd, False)

    def read(self) -> bool:
        """Take what has come; tell whether there may be more."""
        try:
            data = os.read(self.fd, READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        self.ended = not data
        if self._in_run:
            self._kept.feed(data)
        if (text := self._decoder.decode(data)) and (not self._in_run or os.environ.get(DEBUG) == "1"):
            _pass_on(text)
        return bool(data)

    def drain(self) -> None:
        """Take what is there now."""
        for _ in range(PIPE_BYTES // READ_BYTES + 1):
            if not self.read():
                return

    def begin(self, *, run: bool) -> None:
        """From now on keep what comes, instead of what was kept before, if it is a ``run`` that begins."""
        self.drain()
        self._kept, self._in_run = Tail(), run

    @property
    def end(self) -> str:
        """The last that was written in the last run."""
        return self._kept.text()

    def close(self) -> None:
        """Take what is there, and read no more."""
        self.drain()
        os.close(self.fd)


def _pass_on(text: str) -> None:
    """Write where this process writes its warnings to now."""
    with suppress(OSError, ValueError):  # nobody reads it any more: no run is to fail for that
        sys.stderr.write(text)
        sys.stderr.flush()
