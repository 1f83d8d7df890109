"""The read end of a program's output, on an event loop; it never blocks and never stops reading."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

READ_BYTES = 16 * 1024
"""Small enough that a program that floods leaves the loop time for the server between two reads."""
LARGEST_PIPE = 1024 * 1024


class Pipe:
    """Hands everything that arrives to ``hear``, at the time when it arrives."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        self._hear = hear
        self._loop = asyncio.get_running_loop()
        self._read_fd, self.write_fd = os.pipe()  # neither is inherited, but as a standard stream
        os.set_blocking(self._read_fd, False)
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._read_fd, self._read)

    def started(self) -> None:
        """Give the write end away: from now on only the program holds it."""
        if self.write_fd >= 0:
            os.close(self.write_fd)
            self.write_fd = -1

    def drain(self) -> None:
        """Read what is there now, without waiting for more."""
        for _ in range(LARGEST_PIPE // READ_BYTES + 1):
            if self.ended.done() or not self._read():
                return

    def close(self) -> None:
        """Stop listening, whoever may still hold the other end."""
        self.started()
        if not self.ended.done():
            self._end()

    def _read(self) -> bool:
        try:
            data = os.read(self._read_fd, READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            data = b""
        if data:
            self._hear(data)
        else:
            self._end()
        return bool(data)

    def _end(self) -> None:
        self._loop.remove_reader(self._read_fd)
        with suppress(OSError):
            os.close(self._read_fd)
        self.ended.set_result(None)


class Tail:
    """Keeps the last few kilobytes of a stream."""

    def __init__(self, size: int = 4096) -> None:
        self._size = size
        self._kept = b""
        self.cut = False  # the beginning is gone

    def feed(self, data: bytes) -> None:
        """Take more bytes."""
        self._kept += data
        if len(self._kept) > self._size:
            self.cut = True
            kept = self._kept[-self._size :]
            self._kept = kept.partition(b"\n")[2] or kept  # from a whole line on: half an address tells on the run

    def text(self) -> str:
        """Return what is kept."""
        return self._kept.decode("utf-8", "replace")
