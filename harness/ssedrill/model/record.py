"""Everything about one run, as plain data: both journals, the numbers, the verdicts.

Reports only read records. All times are seconds since the run began on the run's clock, rounded to the microsecond;
``wall_s`` alone is real time. Nothing here names a port, an address or a process, so that two runs which did the
same say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from ssedrill.model.numbers import Numbers
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.token_runs import TokenRun
from ssedrill_faults.plan import Plan

SCHEMA = 2
"""2: the numbers stand under ``numbers``, and the marks of the shown tokens under ``shown``."""


class Claim(StrEnum):
    """What the client told its application at the end."""

    COMPLETE = "complete"
    ERROR = "error"
    NONE = "none"


class Outcome(StrEnum):
    """Claim and ledger in one word, best first."""

    CLEAN = "clean"
    RECOVERED = "recovered"
    DEGRADED = "degraded"
    FAILED_LOUDLY = "failed-loudly"
    FAILED_DIRTY = "failed-dirty"
    HUNG = "hung"
    LOOPING = "looping"
    CRASHED = "crashed"
    TRUNCATED_SILENTLY = "truncated-silently"
    DUPLICATED = "duplicated"
    SPLICED = "spliced"
    CORRUPTED = "corrupted"
    UNSUPPORTED = "unsupported"
    NOT_TESTED = "not-tested"

    @property
    def badness(self) -> int:
        """How bad it is: a higher number is worse."""
        return list(Outcome).index(self)


class RecoveredBy(StrEnum):
    """How a client got over a failure, as the wire and the ledger tell it."""

    RESUMED = "resumed"  # at its cursor
    CONTINUED = "continued"  # from the partial answer
    RESTARTED = "restarted"  # from the beginning, withdrawing what was shown or showing only what was new
    HELD_BACK = "held-back"  # from the beginning, with nothing of the failed answer shown
    RETRIED = "retried"  # from the beginning: nothing of an answer had come


class Verdict(StrEnum):
    """What the checks make of a run; a run whose fault was not met is never a pass."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    NOT_TESTED = "not-tested"
    UNSUPPORTED = "unsupported"

    @property
    def bad(self) -> bool:
        """It makes a run of the harness end with exit code 1."""
        return self in (Verdict.FAIL, Verdict.NOT_TESTED)

    @property
    def as_expected(self) -> bool:
        """Nobody needs to look at it."""
        return self in (Verdict.PASS, Verdict.UNSUPPORTED)

    @property
    def badness(self) -> int:
        """How bad it is: a higher number is worse, and the worst speaks for a cell."""
        return _MILDEST_FIRST.index(self)


_MILDEST_FIRST = (Verdict.UNSUPPORTED, Verdict.PASS, Verdict.WARN, Verdict.NOT_TESTED, Verdict.FAIL)


class Severity(StrEnum):
    """A broken MUST fails a run, a broken SHOULD warns."""

    MUST = "must"
    SHOULD = "should"


class Status(StrEnum):
    """The answer to one check."""

    OK = "ok"
    BROKEN = "broken"
    NOT_ASKED = "not-asked"  # what makes the question arise never happened
    DOES_NOT_APPLY = "does-not-apply"  # it happened, but the run has no value to judge

    @property
    def answered(self) -> bool:
        """There was something to judge."""
        return self in (Status.OK, Status.BROKEN)


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


@dataclass(slots=True)
class WireJournal:
    """What the server saw and did."""

    connections: list[ConnectionLog] = field(default_factory=list)
    attempts: list[AttemptLog] = field(default_factory=list)
    flooded: str = ""  # the client held more connections than the server could take, and how many

    @property
    def of_client(self) -> WireJournal:
        """The same without the requests of others, which nothing is to be judged by."""
        return WireJournal(self.connections, [attempt for attempt in self.attempts if not attempt.note], self.flooded)

    @property
    def requests(self) -> list[AttemptLog]:
        """The requests of the call, in order."""
        return [attempt for attempt in self.attempts if attempt.is_request]


TokenKind: TypeAlias = Literal["text", "retry", "restart", "error", "done", "unsupported"]


@dataclass(slots=True)
class TokenEntry:
    """One thing that the client gave its application."""

    n: int  # from 1, in order of arrival
    t: float
    kind: TokenKind
    text: str = ""  # the piece of text, the reason of a retry, the error's message
    error_class: str = ""


KEPT_ENTRIES = 200_000
"""So many things that a client said have an entry of their own. Text that comes after them is joined, never dropped;
retries and restarts are counted only; what the client claims at the end is heard all the same."""


@dataclass(slots=True)
class TokenJournal:
    """What the client gave its application, and how its driver saw it end."""

    entries: list[TokenEntry] = field(default_factory=list)
    raw: bool = False  # the text is a raw body: tokens are looked for inside whatever surrounds them
    crashed: str | None = None  # how the program died without a claim ("signal 11", "exit code 3, no claim")
    stopped: bool = False  # the deadline passed and the harness ended it
    stopped_t: float | None = None
    unkept_bytes: int = 0  # what was said beyond the bounds, or not understood: counted, unknown to every verdict
    stderr: str = ""  # the end of what a program said on its standard error
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Check:
    """One named question, asked and answered."""

    id: str
    severity: Severity
    status: Status
    expected: str
    got: str

    @property
    def verdict(self) -> Verdict | None:
        """What this check alone makes of a run; None if nothing follows from it."""
        match self.status, self.severity:
            case Status.OK, _:
                return Verdict.PASS
            case Status.BROKEN, Severity.MUST:
                return Verdict.FAIL
            case Status.BROKEN, Severity.SHOULD:
                return Verdict.WARN
            case Status.NOT_ASKED, Severity.MUST:
                return Verdict.NOT_TESTED
            case _:
                return None


@dataclass(slots=True)
class ErrorSeen:
    """The error that the client raised to its application."""

    error_class: str
    message: str


@dataclass(slots=True)
class Record:
    """One run: a scenario, a client, a dialect, a seed, a clock, and what came of it."""

    scenario: str
    client: str
    dialect: str
    seed: int
    clock: str
    outcome: Outcome
    claim: Claim
    verdict: Verdict
    summary: str = ""  # one sentence in plain words
    checks: list[Check] = field(default_factory=list)
    recovered_by: RecoveredBy | None = None
    numbers: Numbers = field(default_factory=Numbers)
    wall_s: float = 0.0
    error: ErrorSeen | None = None
    notes: list[str] = field(default_factory=list)
    repeat: int = 0
    shown: list[TokenRun] = field(default_factory=list)  # every token that the ledger knows of, with its marks
    wire: WireJournal = field(default_factory=WireJournal)
    tokens: TokenJournal = field(default_factory=TokenJournal)


@dataclass(slots=True)
class RecordFile:
    """What ``--json`` writes: the versions of everything that took part, and the runs."""

    versions: dict[str, str]
    runs: list[Record]
    schema: int = SCHEMA
    meta: dict[str, Any] = field(default_factory=dict)
    planned: int = 0  # so many runs there were to be, if it is known

    @property
    def interrupted(self) -> bool:
        """There were to be more runs than there are."""
        return self.planned > len(self.runs)
