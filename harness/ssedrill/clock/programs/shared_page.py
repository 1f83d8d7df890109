"""The page that a program's preloaded clock shares with the harness; its layout is that of preload.c."""

from __future__ import annotations

import mmap
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass

VERSION = 3
SLOTS, HELLOS, PORTS = 512, 64, 1024
NEVER = 2**64 - 1

_VERSION, _EPOCH, _START, _SEED, _NOW, _PING, _ENTERS, _CONNECTED, _, _GREETED, _, _TURN, _FORKS, _BORN = range(14)
_BROKEN_BYTES = slice(128, 256)
_HELLO = 32
_SLOT = _HELLO + HELLOS
_CONNECTS = _SLOT + 4 * SLOTS
_WORDS = _CONNECTS + PORTS


@dataclass(frozen=True, slots=True)
class Slot:
    """A thread that waits: which one, until when (nanoseconds), and the last ping it has confirmed."""

    index: int
    pid: int
    tid: int
    deadline: int
    ack: int


class Page:
    """The shared page and the two FIFOs that wake waiting threads, in a folder of their own."""

    def __init__(self, now_ns: int, epoch_ns: int, seed: int) -> None:
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self._folder = tempfile.TemporaryDirectory(prefix="ssedrill-clock-", dir=base)
        self.folder = self._folder.name
        self.file = path = os.path.join(self.folder, "page")
        with open(path, "wb") as file:
            file.truncate(_WORDS * 8)
        self._fifos = [self._fifo(i) for i in range(2)]
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), _WORDS * 8)
        self._words = memoryview(self._map).cast("Q")
        words = self._words
        words[_EPOCH], words[_START], words[_NOW], words[_SEED] = epoch_ns, now_ns, now_ns, seed & NEVER
        words[_TURN] = 1
        words[_VERSION] = VERSION

    def close(self) -> None:
        """Remove everything."""
        self._words.release()
        self._map.close()
        for fd in self._fifos:
            os.close(fd)
        self._folder.cleanup()

    @property
    def broken(self) -> str:
        """Why the program can't be on the virtual clock, in the library's words, or nothing."""
        return self._map[_BROKEN_BYTES].split(b"\0", 1)[0].decode("utf-8", "replace")

    @property
    def connected(self) -> bool:
        """Whether the program has begun to connect anywhere."""
        return bool(self._words[_CONNECTED])

    def connects(self, port: int) -> int:
        """Return how often a program has connected to a port, or to one with the same last bits."""
        return self._words[_CONNECTS + port % PORTS]

    @property
    def enters(self) -> int:
        """How often any thread has begun to wait."""
        return self._words[_ENTERS]

    @property
    def ping(self) -> int:
        """The number of the last ping."""
        return self._words[_PING]

    @property
    def unborn(self) -> int:
        """How many processes are being made: forked for, and not yet heard of."""
        return self._words[_FORKS] - self._words[_BORN]

    def give_turn(self, programs: bool) -> None:
        """Let waiting threads of the programs go on, or hold them where they wait."""
        self._words[_TURN] = int(programs)

    def hellos(self) -> tuple[int, tuple[int, ...]]:
        """Return how many times a process has said hello, and which said so last."""
        count = self._words[_GREETED]
        return count, tuple(filter(None, self._words[_HELLO : _HELLO + HELLOS]))

    def move(self, now_ns: int) -> None:
        """Move the clock forward."""
        self._words[_NOW] = max(self._words[_NOW], now_ns)

    def slots(self) -> list[Slot] | None:
        """Return the threads that wait; None when one is just going in or out."""
        words, found = self._words, []
        for index, owner in enumerate(words[_SLOT:_CONNECTS:4].tolist()):
            if owner:
                at = _SLOT + 4 * index
                if not words[at + 3]:
                    return None
                found.append(Slot(index, owner >> 32, owner & 0xFFFFFFFF, words[at + 1], words[at + 2]))
        return found

    def acked(self, slot: Slot, ping: int) -> bool | None:
        """Tell whether a thread has confirmed a ping; None where it does not wait any more."""
        at = _SLOT + 4 * slot.index
        if self._words[at] != (slot.pid << 32 | slot.tid) or not self._words[at + 3]:
            return None
        return self._words[at + 2] == ping

    def clear(self, slot: Slot) -> None:
        """Free the place of a thread that was killed."""
        at = _SLOT + 4 * slot.index
        self._words[at + 3] = self._words[at] = 0

    def raise_ping(self) -> int:
        """Wake every waiting thread to look again; return the number to be confirmed.

        Only once all have confirmed the one before: the FIFO emptied here is the one they had been woken by.
        """
        ping = self.ping
        with suppress(BlockingIOError):
            os.read(self._fifos[(ping + 1) & 1], 4096)
        self._words[_PING] = ping + 1
        os.write(self._fifos[ping & 1], b"!")
        return ping + 1

    def _fifo(self, number: int) -> int:
        path = os.path.join(self.folder, f"ping{number}")
        os.mkfifo(path, 0o600)
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
