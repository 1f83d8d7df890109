"""The journals of the run that is on, in memory that outlives the process which writes them.

It is a shared mapping, so that an entry costs no system call and is there whatever becomes of its writer. Each entry
is a line of JSON: whoever reads it takes it for data that a client may have written. The first words say how far
the lines go, how often the writer's heart has beaten, how many runs have begun, how many of them on the real clock,
and whether there was room for all of the last one.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ssedrill.model.attempt_json import Plans, attempt_to_json
from ssedrill.model.call_log import CallLog
from ssedrill.model.codec import encode
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, Played

BOX_BYTES = 512 * 1024 * 1024
"""How large a box is made. A copy ends where it is full, and says so. Memory is taken only for what was written."""
KEPT_BYTES = 4 * 1024 * 1024
"""So much memory stays taken for the next run; what a longer one took is given back."""
_WORD = struct.Struct("=Q")
_END, _BEATS, _RUNS, _REAL_RUNS, _FULL, _FIRST = 0, 8, 16, 24, 32, 40
_dumps = json.JSONEncoder(separators=(",", ":")).encode


class BoxWriter:
    """Fulfils RunCopy. ``plans`` are those that the reader knows, or will know from the box."""

    def __init__(self, fd: int, plans: Plans) -> None:
        self._size = os.fstat(fd).st_size
        self._map = mmap.mmap(fd, self._size)
        self._lock = threading.Lock()
        self._end = _FIRST
        self.plans = plans
        self.known: set[str] = set()
        """The plans that the reader has been told of, by digest."""

    def begin(self, clock: str, why_real: str | None) -> None:
        """See RunCopy."""
        with self._lock:
            if self._end > KEPT_BYTES and hasattr(mmap, "MADV_REMOVE"):
                self._map.madvise(mmap.MADV_REMOVE, KEPT_BYTES, self._size - KEPT_BYTES)
            self._end = _FIRST
            self._write_end()
            _WORD.pack_into(self._map, _FULL, 0)
        self._told: set[str] = set()
        self._real = clock == "real"
        self._raise(_RUNS)
        self._add("run", clock, why_real)

    def at(self, segment: str, port: int) -> None:
        """See RunCopy."""
        self._add("at", segment, port)
        if self._real:
            self._raise(_REAL_RUNS)

    def connected(self, log: ConnectionLog) -> None:
        """See JournalCopy."""
        self._add("connected", log.number, log.t)

    def asked(self, log: AttemptLog) -> None:
        """See JournalCopy."""
        body = attempt_to_json(log, self.plans)
        digest = str(body["plan"])
        if digest not in self.known and digest not in self._told:
            self._told.add(digest)
            self._add("plan", digest, self.plans.bodies[digest])
        self._add("asked", body)

    def played(self, attempt: int, played: Sequence[Played]) -> None:
        """See JournalCopy."""
        self._add("played", attempt, [(one.t, one.op, one.end, one.taken) for one in played])

    def called(self, log: CallLog) -> None:
        """See JournalCopy."""
        self._add("call", encode(replace(log, tokens=TokenJournal())))

    def said(self, entry: TokenEntry, call: int) -> None:
        """See JournalCopy."""
        self._add("said", entry.t, entry.kind, entry.text, entry.error_class, call)

    def said_more(self, text: str, call: int) -> None:
        """See JournalCopy."""
        self._add("more", text, call)

    def beat(self) -> None:
        """Show that this process still runs Python."""
        self._raise(_BEATS)

    def _add(self, *entry: Any) -> None:
        line = _dumps(entry).encode("ascii") + b"\n"
        with self._lock:
            end = self._end + len(line)
            if end > self._size:  # nor is what comes later, as it might not be understood without this
                _WORD.pack_into(self._map, _FULL, 1)
                self._end = self._size
            if self._end == self._size:
                return
            self._map[self._end : end] = line
            self._end = end
            self._write_end()

    def _raise(self, place: int) -> None:
        _WORD.pack_into(self._map, place, _WORD.unpack_from(self._map, place)[0] + 1)

    def _write_end(self) -> None:
        _WORD.pack_into(self._map, _END, self._end)


class BoxReader:
    """Reads what a writer in another process has left."""

    def __init__(self, fd: int) -> None:
        self._size = os.fstat(fd).st_size
        self._map = mmap.mmap(fd, self._size, prot=mmap.PROT_READ)

    @property
    def beats(self) -> int:
        """How often the writer's heart has beaten."""
        return int(_WORD.unpack_from(self._map, _BEATS)[0])

    @property
    def runs(self) -> int:
        """How many runs have begun, one that was done again on another clock twice."""
        return int(_WORD.unpack_from(self._map, _RUNS)[0])

    @property
    def real_runs(self) -> int:
        """How many runs have begun on the real clock."""
        return int(_WORD.unpack_from(self._map, _REAL_RUNS)[0])

    @property
    def full(self) -> bool:
        """Whether the last run had more entries than there was room for."""
        return bool(_WORD.unpack_from(self._map, _FULL)[0])

    def entries(self) -> Iterator[list[Any]]:
        """Give the entries of the last run, up to the first that is none."""
        end = min(int(_WORD.unpack_from(self._map, _END)[0]), self._size)
        self._map.seek(_FIRST)
        while self._map.tell() < end:
            line = self._map.readline()
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                return
            if not isinstance(entry, list) or not entry:
                return
            yield entry

    def close(self) -> None:
        """Let go of the memory."""
        self._map.close()
