"""Evidence that a client knocked while the door was shut: a refused connect never reaches the server's program."""

from __future__ import annotations

import functools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ssedrill.clock.private_folder import first_private, open_private, temporary

if sys.platform == "linux":
    import fcntl
else:
    fcntl = None

SEEN_BY_HOOK = "connect refused, seen by audit hook"
SEEN_BY_CLOCK = "connect refused, seen by the preloaded clock"
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
        """Count connects to this port, if nobody does yet."""
        with self._lock:
            self._counts.setdefault(port, 0)

    def count(self, port: int) -> int:
        """Return how many there were so far."""
        return self._counts.get(port, 0)

    def forget(self, port: int) -> None:
        """Stop counting."""
        with self._lock:
            self._counts.pop(port, None)


@functools.cache
def _knocks() -> _Knocks:
    """Return the process's one counter. An audit hook can never be taken back, so there is never a second."""
    knocks = _Knocks()
    sys.addaudithook(knocks.hook)
    return knocks


def failed_connects() -> int | None:
    """Return how many connects failed on this machine since it started, or None if the kernel does not say."""
    try:
        lines = Path("/proc/net/snmp").read_text("ascii").splitlines()
        names, values = (line.split() for line in lines if line.startswith("Tcp:"))
        return int(values[names.index("AttemptFails")])
    except (OSError, ValueError):
        return None


def watch_connects(port: int) -> None:
    """Count this process's connects to a port from now on."""
    _knocks().watch(port)


def forget_connects(port: int) -> None:
    """Stop counting them: the run is over."""
    _knocks().forget(port)


class RefusalWitness:
    """Watches one port from its making to :meth:`close`, for one refusal; several may follow each other.

    A Python client in this process is seen for certain, but for what connects in C. ``programs``, if there is such a
    thing, tells how many connects the programs of this run have made to a port. With ``kernel`` all that can be had
    without privileges has to do, the kernel's count of failed connects: every program of the machine raises it, so
    runs that go by it are kept from those that raise it (see :func:`exclusive`). It is not asked if anything better
    is at hand, and not believed of a client that is seen to connect by Python at any other time.
    """

    def __init__(self, port: int, *, programs: Callable[[int], int] | None = None, kernel: bool = False) -> None:
        self._port = port
        self._programs = programs
        _knocks().watch(port)
        self._before = _knocks().count(port)
        self._made = programs(port) if programs else 0
        self._failed = failed_connects() if kernel else None

    def seen(self) -> bool:
        """Tell whether a client was refused so far."""
        return bool(self.testimony())

    def close(self) -> None:
        """Stop watching the port; the run is over."""
        forget_connects(self._port)

    def testimony(self) -> str:
        """Return how it is known that a client was refused until now, or an empty string if nobody was."""
        if self._hooked():
            return SEEN_BY_HOOK
        if self._programs and self._programs(self._port) > self._made:
            return SEEN_BY_CLOCK
        failed = None if self._failed is None or self._before else failed_connects()
        return SEEN_BY_KERNEL if failed is not None and self._failed is not None and failed > self._failed else ""

    def upheld(self, evidence: str) -> str:
        """Return what is left of some evidence at the end of the run."""
        return "" if evidence == SEEN_BY_KERNEL and self._hooked() else evidence

    def _hooked(self) -> bool:
        return _knocks().count(self._port) > self._before


@contextmanager
def exclusive(*, counting: bool, on_wait: Callable[[], object]) -> Iterator[None]:
    """Keep runs in which somebody counts the machine's failed connects from all others that may raise that count.

    Any number of runs that do not count go together, one that counts goes alone, among all harnesses of this user.
    ``on_wait`` is called between tries and may raise. The lock lies where nobody but this user can take it or make
    one. If there is no such place, or the system has no such locks, nothing is kept apart.
    """
    with ExitStack() as stack:
        lock = _lock() if fcntl is not None else None
        if lock is not None:
            stack.callback(os.close, lock)
        while lock is not None and fcntl is not None:
            try:
                fcntl.flock(lock, (fcntl.LOCK_EX if counting else fcntl.LOCK_SH) | fcntl.LOCK_NB)
                break
            except OSError:
                on_wait()
                time.sleep(0.02)
        yield


def _lock() -> int | None:
    """Return the open file that is locked, or None if there is no place that is ours alone."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = first_private(([Path(runtime) / "ssedrill"] if runtime else []) + [temporary()])
    if folder is None:
        return None
    try:
        return open_private(folder / "refusal.lock")
    except OSError:
        return None
