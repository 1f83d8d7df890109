"""The write end of a program's standard input, on an event loop; it never blocks, however slowly it is read."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress

if sys.platform == "linux":
    import fcntl
    import termios


class InputPipe:
    """What is to be read waits here until there is room for it.

    All that is said in one turn of the loop is written at once, so that who reads sees it together.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.read_fd, self._write_fd = os.pipe()  # neither is inherited, but as a standard stream
        os.set_blocking(self._write_fd, False)
        self._waiting = bytearray()
        self._written = 0
        self._ending = False
        self._due = False
        self._watched = False
        self.broken: asyncio.Future[None] = self._loop.create_future()
        """Done when something was to be written that nobody can read any more."""

    def started(self) -> None:
        """Give the read end away: from now on only the program holds it."""
        if self.read_fd >= 0:
            os.close(self.read_fd)
            self.read_fd = -1

    def write(self, data: bytes) -> int:
        """Have it written as soon as there is room; return the place where it ends, for those below."""
        self._waiting += data
        self._have_flushed()
        return self._written + len(self._waiting)

    def unread(self, place: int) -> bool:
        """Tell whether the program has not read yet what ends there, as far as the system tells."""
        if self._write_fd < 0 or sys.platform != "linux":
            return False
        count = bytearray(4)
        fcntl.ioctl(self._write_fd, termios.FIONREAD, count)
        return self._written - int.from_bytes(count, sys.byteorder) < place

    def lost(self, place: int) -> bool:
        """Tell whether what ends there can't be written any more."""
        return self._write_fd < 0 and place > self._written

    def end(self) -> None:
        """Close the input when all has been written."""
        self._ending = True
        self._have_flushed()

    def close(self) -> None:
        """Close it now."""
        self.started()
        if self._watched:
            self._loop.remove_writer(self._write_fd)
            self._watched = False
        if self._write_fd >= 0:
            with suppress(OSError):
                os.close(self._write_fd)
            self._write_fd = -1

    def _have_flushed(self) -> None:
        if not self._due:
            self._due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._due = False
        if self._write_fd < 0:
            return
        try:
            while self._waiting:
                written = os.write(self._write_fd, self._waiting)
                del self._waiting[:written]
                self._written += written
        except (BlockingIOError, InterruptedError):
            if not self._watched:
                self._watched = True
                self._loop.add_writer(self._write_fd, self._flush)
            return
        except OSError:
            self.close()
            if not self.broken.done():
                self.broken.set_result(None)
            return
        if self._watched:
            self._watched = False
            self._loop.remove_writer(self._write_fd)
        if self._ending:
            self.close()
