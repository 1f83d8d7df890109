"""The page that programs on the virtual clock share with the harness: their time, and which of their threads wait."""

from __future__ import annotations

import mmap
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass

from ssedrill.clock.programs.page_layout import LAYOUT_ID, NEVER, PAGE_BYTES, PAGE_WORDS, SLOT_WORDS, WORD_BYTES

_AT = {name: words.start for name, words in PAGE_WORDS.items()}
_IN_SLOT = {name: words.start for name, words in SLOT_WORDS.items()}
_SLOT_LENGTH = len(SLOT_WORDS)
WORD_BITS = 8 * WORD_BYTES


PREFIX = "ssedrill-clock-"


def _base() -> str:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()


def remove_left_by(pid: int) -> None:
    """Remove the pages of a process that was killed before it could."""
    with suppress(OSError):
        for name in os.listdir(_base()):
            if name.startswith(f"{PREFIX}{pid}-"):
                shutil.rmtree(os.path.join(_base(), name), ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Slot:
    """A thread that waits: which one, until when (nanoseconds), and the last ping it has confirmed."""

    index: int
    pid: int
    tid: int
    deadline: int
    ack: int


class SharedPage:
    """The page and the two FIFOs that wake waiting threads, in a folder of their own. Times are in nanoseconds."""

    def __init__(self, now_ns: int, epoch_ns: int, seed: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", dir=_base())
        self.folder = self._folder.name
        self.file = path = os.path.join(self.folder, "page")
        with open(path, "wb") as file:
            file.truncate(PAGE_BYTES)
        self._fifos = [self._fifo(i) for i in range(2)]
        with open(path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), PAGE_BYTES)
        self._words = memoryview(self._map).cast("Q")
        self._set("epoch_ns", epoch_ns)
        self._set("start_ns", now_ns)
        self._set("now_ns", now_ns)
        self._set("seed", seed & NEVER)
        self._set("turn", 1)
        self._set("layout_id", LAYOUT_ID)

    def close(self) -> None:
        """Remove everything."""
        self._words.release()
        self._map.close()
        for fd in self._fifos:
            os.close(fd)
        self._folder.cleanup()

    @property
    def broken(self) -> str:
        """Why the programs can't be on the virtual clock, in the library's words, or nothing."""
        words = PAGE_WORDS["broken"]
        text = self._map[words.start * WORD_BYTES : words.stop * WORD_BYTES]
        return text.split(b"\0", 1)[0].decode("utf-8", "replace")

    @property
    def connected(self) -> bool:
        """Whether a program has begun to connect anywhere."""
        return bool(self._get("connected"))

    def connects(self, port: int) -> int:
        """Return how often a program has connected to a port, or to one with the same last bits."""
        counts = PAGE_WORDS["connects"]
        return self._words[counts[port % len(counts)]]

    def serve(self, port: int) -> None:
        """Note that the harness is at a port: who connects there stays within the run."""
        self._words[_AT["served"] + port // WORD_BITS] |= 1 << port % WORD_BITS

    @property
    def enters(self) -> int:
        """How often any thread has begun to wait."""
        return self._get("enters")

    @property
    def ping(self) -> int:
        """The number of the last ping."""
        return self._get("ping")

    @property
    def unborn(self) -> int:
        """How many processes are being made: forked for, and not yet heard of."""
        return self._get("forks") - self._get("births")

    def give_turn(self, programs: bool) -> None:
        """Let waiting threads of the programs go on, or hold them in their waits."""
        self._set("turn", int(programs))

    def hellos(self) -> tuple[int, tuple[int, ...]]:
        """Return how many times a process has said hello, and which said so last."""
        count = self._get("hellos_done")
        pids = PAGE_WORDS["hello_pids"]
        return count, tuple(filter(None, self._words[pids.start : pids.stop]))

    def move(self, now_ns: int) -> None:
        """Move the clock forward."""
        self._set("now_ns", max(self._get("now_ns"), now_ns))

    def slots(self) -> list[Slot] | None:
        """Return the threads that wait; None if one is just going in or out."""
        taken = self.taken()
        return taken if all(self._words[self._first_word(slot) + _IN_SLOT["valid"]] for slot in taken) else None

    def taken(self) -> list[Slot]:
        """Return all slots that are not free, those too that a thread was killed in the middle of writing."""
        words, slots, found = self._words, PAGE_WORDS["slots"], []
        owners = words[slots.start + _IN_SLOT["owner"] : slots.stop : _SLOT_LENGTH].tolist()
        for index, owner in enumerate(owners):
            if owner:
                at = slots.start + index * _SLOT_LENGTH
                deadline, ack = words[at + _IN_SLOT["deadline"]], words[at + _IN_SLOT["ack"]]
                found.append(Slot(index, owner >> 32, owner & 0xFFFFFFFF, deadline, ack))
        return found

    def acked(self, slot: Slot, ping: int) -> bool | None:
        """Tell whether a thread has confirmed a ping; None if it does not wait any more."""
        words, at = self._words, self._first_word(slot)
        if words[at + _IN_SLOT["owner"]] != (slot.pid << 32 | slot.tid) or not words[at + _IN_SLOT["valid"]]:
            return None
        return words[at + _IN_SLOT["ack"]] == ping

    def clear(self, slot: Slot) -> None:
        """Free the slot of a thread that was killed."""
        at = self._first_word(slot)
        self._words[at + _IN_SLOT["valid"]] = 0
        self._words[at + _IN_SLOT["owner"]] = 0

    def raise_ping(self) -> int:
        """Wake every waiting thread to look again; return the number to be confirmed.

        Only once all have confirmed the one before: the FIFO emptied here is the one they had been woken by.
        """
        ping = self.ping
        with suppress(BlockingIOError):
            os.read(self._fifos[(ping + 1) & 1], 4096)
        self._set("ping", ping + 1)
        os.write(self._fifos[ping & 1], b"!")
        return ping + 1

    def _get(self, name: str) -> int:
        return self._words[_AT[name]]

    def _set(self, name: str, value: int) -> None:
        self._words[_AT[name]] = value

    @staticmethod
    def _first_word(slot: Slot) -> int:
        return PAGE_WORDS["slots"].start + slot.index * _SLOT_LENGTH

    def _fifo(self, number: int) -> int:
        path = os.path.join(self.folder, f"ping{number}")
        os.mkfifo(path, 0o600)
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
