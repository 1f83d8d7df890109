"""Evidence that a client knocked while the door was shut: a refused connect never reaches the server's program."""

from __future__ import annotations

import functools
import sys
import threading
from pathlib import Path

SEEN_BY_HOOK = "connect refused, seen by audit hook"
SEEN_BY_KERNEL = "kernel counter"


class _Knocks:
    """Counts connects of this process to the ports that are being watched."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._lock = threading.Lock()

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        """See sys.addaudithook. Runs at every audited event of the process, so it looks at one string and leaves."""
        if event == "socket.connect" and self._counts:
            address = args[1]
            if isinstance(address, tuple) and len(address) > 1 and address[1] in self._counts:
                with self._lock:
                    if address[1] in self._counts:
                        self._counts[address[1]] += 1

    def watch(self, port: int) -> None:
        """Count connects to this port from now on."""
        with self._lock:
            self._counts[port] = 0

    def forget(self, port: int) -> int:
        """Stop counting; return the count."""
        with self._lock:
            return self._counts.pop(port, 0)


@functools.cache
def _knocks() -> _Knocks:
    """Return the process's one counter. An audit hook can never be taken back, so there is never a second."""
    knocks = _Knocks()
    sys.addaudithook(knocks.hook)
    return knocks


def failed_connects() -> int | None:
    """Return how many connects failed on this machine since it started, or None where the kernel does not say."""
    try:
        lines = Path("/proc/net/snmp").read_text("ascii").splitlines()
        names, values = (line.split() for line in lines if line.startswith("Tcp:"))
        return int(values[names.index("AttemptFails")])
    except (OSError, ValueError):
        return None


class RefusalWitness:
    """Watches one port from its making to :meth:`testimony`.

    A Python client in this process is seen for certain. Of a program, all that can be had without privileges is the
    kernel's count of failed connects, which other programs on the machine raise too.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        _knocks().watch(port)
        self._before = failed_connects()

    def testimony(self) -> str:
        """Stop watching; return how it is known that a client was refused, or an empty string where nobody was."""
        if _knocks().forget(self._port):
            return SEEN_BY_HOOK
        after = failed_connects()
        if self._before is not None and after is not None and after > self._before:
            return SEEN_BY_KERNEL
        return ""
