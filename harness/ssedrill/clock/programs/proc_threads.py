"""What Linux says about the threads of a program: which there are, and which of them sleep."""

from __future__ import annotations

import os
from contextlib import suppress

ENDED = b""
"""What :meth:`ProcThreads.sleep` says of a thread that has ended."""


class ProcThreads:
    """Reads /proc. Keeps the files of threads open, as it looks at the same ones again and again."""

    def __init__(self) -> None:
        self._files: dict[tuple[int, str], int] = {}

    def close(self) -> None:
        """Close all files."""
        for fd in self._files.values():
            os.close(fd)
        self._files.clear()

    def of(self, pid: int) -> list[int]:
        """Return the threads of a process; none if it has ended."""
        try:
            return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
        except OSError:
            return []

    def image(self, pid: int) -> bytes:
        """Return a mark of the program that a process runs, which is another one after it has run a new one.

        It is made of the addresses of its stack, arguments and environment: an exec draws them anew.
        """
        fields = self._read(pid, pid, "stat").rpartition(b")")[2].split()
        return b" ".join((*fields[25:26], *fields[45:49]))

    def children(self, pid: int, tids: list[int]) -> list[int]:
        """Return the processes that these threads of a process have started."""
        return [int(child) for tid in tids for child in self._read(pid, tid, "children").split()]

    def sleep(self, pid: int, tid: int) -> bytes | None:
        """Return a mark of a thread's sleep, which is another one after it has run; None if it is running.

        A thread that was put off its processor while it looked whether it had to sleep shows one too: see
        :meth:`waits_in`.
        """
        status = self._read(pid, tid, "status")
        at = status.find(b"\nState:\t")
        state = status[at + 8 : at + 9]
        if at < 0 or state in b"ZXx":
            return ENDED
        # The last two lines count how often it was switched out.
        return status[status.rfind(b"\nvoluntary_ctxt_switches") :] if state == b"S" else None

    def waits_in(self, pid: int, tid: int) -> str | None:
        """Return what a thread that showed a sleep waits in: system call and arguments; None if it runs after all.

        The state alone does not say that it sleeps: a thread is marked as sleeping first and looks for what it waits
        for then (a shell for a child that has ended), and it may be put off its processor in between, for
        milliseconds on a busy machine. This file of the kernel's waits for the thread to be off the run queue, or
        says "running". Empty for a thread that has ended. Raises PermissionError if the kernel does not let us look.
        """
        text = self._read(pid, tid, "syscall").decode("ascii", "replace").strip()
        if text.startswith("running") or not (text or self.gone(pid, tid)):
            return None
        return text

    def gone(self, pid: int, tid: int) -> bool:
        """Tell whether a thread has ended."""
        return self.sleep(pid, tid) == ENDED

    def _read(self, pid: int, tid: int, name: str) -> bytes:
        key = (tid, name)
        for _ in range(2):
            fd = self._files.get(key)
            try:
                if fd is None:
                    fd = self._files[key] = os.open(f"/proc/{pid}/task/{tid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
                return os.pread(fd, 4096, 0)
            except PermissionError:
                raise
            except OSError:
                if fd is None:
                    return b""
                del self._files[key]  # the thread has ended, and its number may have been given away again
                with suppress(OSError):
                    os.close(fd)
        return b""


def has_mapped(pid: int, path: str) -> bool:
    """Tell whether a process has this file in its memory."""
    try:
        with open(f"/proc/{pid}/maps", "rb") as maps:
            return path.encode() in maps.read()
    except OSError:
        return False
