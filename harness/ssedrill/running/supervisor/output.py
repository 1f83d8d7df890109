"""What a worker, and whatever runs in it, writes to its standard output and error: passed on, and its end kept."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable
from contextlib import suppress

PIPE_BYTES = 1024 * 1024
"""A client that prints is not to wait for us: on the virtual clock that would look as if it waited for something."""
READ_BYTES = 65536
KEPT_BYTES = 4096
F_SETPIPE_SZ = 1031


def roomy_pipe() -> tuple[int, int]:
    """Return both ends of a pipe that holds as much as the system lets it."""
    ends = os.pipe()
    with suppress(ImportError, OSError):
        import fcntl

        fcntl.fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES)
    return ends


class PassedOn:
    """The read end of one of the two; ``write`` is given all that comes. Never waits."""

    def __init__(self, fd: int, write: Callable[[str], object]) -> None:
        self.fd = fd
        self._write = write
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._kept = b""
        self.ended = False
        os.set_blocking(fd, False)

    def read(self) -> bool:
        """Pass on what has come; tell whether there may be more."""
        try:
            data = os.read(self.fd, READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        if text := self._decoder.decode(data):
            self._write(text)
        self._kept = (self._kept + data)[-KEPT_BYTES:]
        self.ended = not data
        return bool(data)

    def drain(self) -> None:
        """Pass on what is there now."""
        for _ in range(PIPE_BYTES // READ_BYTES + 1):
            if not self.read():
                return

    def begin(self) -> None:
        """Forget what was kept: a run begins."""
        self._kept = b""

    @property
    def end(self) -> str:
        """The last that was written since the run began."""
        return self._kept.decode("utf-8", "replace")

    def close(self) -> None:
        """Pass on what is there, and read no more."""
        self.drain()
        os.close(self.fd)


def to_stdout(text: str) -> None:
    """Write where this process writes its results to now."""
    _put(sys.stdout, text)


def to_stderr(text: str) -> None:
    """Write where this process writes its warnings to now."""
    _put(sys.stderr, text)


def _put(stream: object, text: str) -> None:
    with suppress(OSError, ValueError):  # nobody reads it any more: no run is to fail for that
        stream.write(text)  # type: ignore[attr-defined]
        stream.flush()  # type: ignore[attr-defined]
