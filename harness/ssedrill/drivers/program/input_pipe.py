"""The write end of a program's standard input, on an event loop; it never blocks, however slowly it is read."""

from __future__ import annotations

import asyncio
import os
import select
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
        self._unread = 0  # so much of what was written lay there when the read end was closed
        self._epoll: select.epoll | None = None
        self.broken: asyncio.Future[None] = self._loop.create_future()
        """Done when nobody can read any more: as soon as the system tells, or else when something is written."""

    def started(self) -> None:
        """Give the read end away: from now on only the program holds it."""
        if self.read_fd < 0:
            return
        os.close(self.read_fd)
        self.read_fd = -1
        if sys.platform == "linux":
            self._epoll = select.epoll()  # of its own: an event loop would ask for room to write as well
            self._epoll.register(self._write_fd, select.EPOLLET)  # that nobody reads is told unasked
            self._loop.add_reader(self._epoll, self._broke)

    def write(self, data: bytes) -> int:
        """Have it written as soon as there is room; return the place where it ends, for those below."""
        self._waiting += data
        self._have_flushed()
        return self._written + len(self._waiting)

    def unread(self, place: int) -> bool:
        """Tell whether the program has not read yet what ends there, as far as the system tells."""
        return self._write_fd >= 0 and self._written - self._lying() < place

    def lost(self, place: int) -> bool:
        """Tell whether nobody has read, or can read any more, what ends there."""
        return self._write_fd < 0 and place > self._written - self._unread

    def _lying(self) -> int:
        """Return how much of what was written nobody has read yet, as far as the system tells."""
        if sys.platform != "linux":
            return 0
        count = bytearray(4)
        fcntl.ioctl(self._write_fd, termios.FIONREAD, count)
        return int.from_bytes(count, sys.byteorder)

    def end(self) -> None:
        """Close the input when all has been written."""
        self._ending = True
        self._have_flushed()

    def close(self) -> None:
        """Close it now."""
        if self.read_fd >= 0:
            os.close(self.read_fd)
            self.read_fd = -1
        if self._epoll is not None:
            self._loop.remove_reader(self._epoll)
            self._epoll.close()
            self._epoll = None
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
            self._broke()
            return
        if self._watched:
            self._watched = False
            self._loop.remove_writer(self._write_fd)
        if self._ending:
            self.close()

    def _broke(self) -> None:
        """Nobody holds the read end any more."""
        self._unread = self._lying()
        self.close()
        if not self.broken.done():
            self.broken.set_result(None)
