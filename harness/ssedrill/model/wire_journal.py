"""What the server of a run saw and did, as plain data. Times are as in a record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from ssedrill.model.request_kind import RequestKind
from ssedrill_faults.plan import Plan

ClientLeft: TypeAlias = Literal["eof", "reset"]
"""How a client left a connection: an orderly end, or a reset (which is also what a close with unread bytes sends)."""


@dataclass(slots=True)
class Played:
    """One operation as it was carried out."""

    t: float  # when it took effect
    op: int  # its index in the plan
    end: int = 0  # bytes written in this attempt so far, this operation's included
    taken: bool = True  # the kernel took all of them at once
    read: bool | None = None  # the client's program had read them by the end; None if nobody can tell


@dataclass(slots=True)
class AttemptLog:
    """One request of the client, or one connection that a door fault used up, and what it met."""

    number: int
    conn: int  # the number of its connection; 0 if there was none
    t: float  # the request was complete (or the door acted)
    plan: Plan
    method: str = ""
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()  # secrets and addresses replaced
    body_sha256: str = ""
    body_bytes: int = 0
    kind: RequestKind = field(kw_only=True)
    played: list[Played] = field(default_factory=list)
    consumed: int | None = None  # bytes of this attempt that the client's program is known to have read
    consumed_by: Literal["sock_diag", "pause", "eof", "unknown"] = "unknown"
    left: ClientLeft | None = None  # the client left while this attempt was being served or after it
    left_t: float | None = None
    done_t: float | None = None  # the last operation was carried out
    evidence: str = ""  # for door faults: how it is known that a client met the door
    note: str = ""  # why it is somebody else's; empty if it is the client's
    unaware_of: tuple[tuple[int, int], ...] = ()  # attempts, each with the first operation that can't be its reason
    listener: int = 1  # at which of the server's addresses it came
    key_in: tuple[str, ...] = ()  # where a request to another origin carries a key of the run
    call: int = 1  # to which call of the run it belongs; 0 if that can't be told

    @property
    def was_read(self) -> bool:
        """A request was read: not just a connection that a door used up."""
        return bool(self.method)

    @property
    def is_request(self) -> bool:
        """It is a request of the call: not a door, nor what a client asked besides."""
        return self.was_read and not self.note and self.kind is not RequestKind.UNKNOWN


@dataclass(slots=True)
class ConnectionLog:
    """One accepted connection."""

    number: int
    t: float
    closed_t: float | None = None
    closed_by: Literal["client", "server"] | None = None
    how: Literal["eof", "reset", "fin", "drill-end"] | None = None
    late_bytes: int = 0  # came after the server's half was closed, or were more than one request ahead
    note: str = ""  # what was wrong with what the client sent, or whose it was
    listener: int = 1  # at which of the server's addresses it came
    held: bool | None = (
        None  # open, with an answer not read to its end, when all calls were over; None: not looked at
    )


@dataclass(slots=True)
class WireJournal:
    """What the server saw and did."""

    connections: list[ConnectionLog] = field(default_factory=list)
    attempts: list[AttemptLog] = field(default_factory=list)
    flooded: str = ""  # the client held more connections than the server could take, and how many

    def copy(self) -> WireJournal:
        """Return the journal as it is now, to be judged while the run goes on."""
        attempts = [replace(one, played=[replace(op) for op in one.played]) for one in self.attempts]
        return WireJournal([replace(one) for one in self.connections], attempts, self.flooded)

    @property
    def of_client(self) -> WireJournal:
        """The same without the requests of others, which nothing is to be judged by."""
        return WireJournal(self.connections, [attempt for attempt in self.attempts if not attempt.note], self.flooded)

    def of_call(self, number: int) -> WireJournal:
        """Return the same with the attempts of one call alone."""
        return WireJournal(self.connections, [one for one in self.attempts if one.call == number], self.flooded)

    @property
    def by_call(self) -> dict[int, WireJournal]:
        """Return what is each call's own of it: its attempts, and the connections that they came over.

        It is sorted once: each of a thousand calls is not to look through the attempts of all.
        """
        found: dict[int, WireJournal] = {}
        for attempt in self.attempts:
            found.setdefault(attempt.call, WireJournal(flooded=self.flooded)).attempts.append(attempt)
        by_number = {one.number: one for one in self.connections}
        for own in found.values():
            used = dict.fromkeys(attempt.conn for attempt in own.attempts)
            own.connections.extend(by_number[number] for number in used if number in by_number)
        return found

    @property
    def requests(self) -> list[AttemptLog]:
        """The requests of the call, in order."""
        return [attempt for attempt in self.attempts if attempt.is_request]
