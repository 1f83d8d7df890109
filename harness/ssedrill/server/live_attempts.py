"""An attempt while it is being served, and how it becomes an entry of the wire journal."""

from __future__ import annotations

from dataclasses import dataclass, field

from ssedrill.model.journal_copy import JournalCopy
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.wire_journal import AttemptLog, ClientLeft, Played
from ssedrill.server.player import Notes
from ssedrill.server.wire import SocketWire
from ssedrill_faults.plan import ENDINGS, Op, Write


@dataclass(slots=True, eq=False, repr=False)
class LiveAttempt:
    """One attempt on one connection. The player's notes stay small until somebody wants to read them."""

    log: AttemptLog
    wire: SocketWire
    ops: tuple[Op, ...]  # what is played; the log's plan is redacted, and only the door if one meets the request
    base: int  # bytes that the connection had carried before this attempt
    zero: float  # loop time at which the run began
    began: float  # loop time at which the request was complete
    notes: Notes = field(default_factory=Notes)
    copy: JournalCopy | None = None

    def t(self) -> float:
        """Return the time of the run."""
        return round(self.wire.now() - self.zero, 6)

    def done(self) -> None:
        """The last operation was carried out."""
        if self.log.done_t is None:
            self.log.done_t = self.t()
        if self.copy is not None:
            self.copy_played()

    def left(self, how: ClientLeft) -> None:
        """The client left, during this attempt or after it."""
        if self.log.left is None:
            self.log.left, self.log.left_t = how, self.t()

    def known(self) -> int:
        """Return how many of the operations so far the client may know of."""
        played = len(self.notes.times)
        known, end = self.wire.known() - self.base, 0
        for index, op in enumerate(self.ops[:played]):
            end += len(op.data) if isinstance(op, Write) else 0
            if end > known:
                return index
        return played

    def settle(self) -> None:
        """Bring the journal entry up to date. Can be done at any time and again."""
        log, wire, base = self.log, self.wire, self.base
        if log.kind is RequestKind.DOOR:  # its plan is the door alone
            return
        self._read_notes()
        played = log.played
        if not played:
            return
        end = played[-1].end
        if isinstance(self.ops[len(played) - 1], ENDINGS):
            log.done_t = played[-1].t
        left_unread = wire.read < wire.seen  # then nothing behind it was read either
        for one in played:
            one.read = True if base + one.end <= wire.read else False if left_unread else None
        log.consumed_by = wire.consumed_by
        if wire.seen or wire.read:
            log.consumed = min(max(wire.read - base, 0), end)

    def copy_played(self) -> None:
        """Tell the copy of the journal what was carried out since it was last told."""
        known = len(self.log.played)
        if self.copy is None or len(self.notes.times) == known or self.log.kind is RequestKind.DOOR:
            return
        self._read_notes()
        self.copy.played(self.log.number, self.log.played[known:])

    def _read_notes(self) -> None:
        """Put down what was carried out by now; what the client has read of it is known at the end."""
        played = self.log.played
        end = played[-1].end if played else 0
        for index in range(len(played), len(self.notes.times)):
            op = self.ops[index]
            if isinstance(op, Write):
                end += len(op.data)
            t = round(self.notes.times[index] - self.zero, 6)
            played.append(Played(t, index, end, index not in self.notes.late))
