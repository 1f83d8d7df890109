"""Everything about one run, as plain data: both journals, the numbers, the verdicts.

Reports only read records. All times are seconds since the run began on the run's clock, rounded to the microsecond;
``wall_s`` alone is real time. Nothing here names a port, an address or a process, so that two runs which did the
same say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from ssedrill_faults.plan import Plan

SCHEMA = 1


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


class Verdict(StrEnum):
    """What the checks make of a run; a run whose fault was not met is never a pass."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    NOT_TESTED = "not-tested"
    UNSUPPORTED = "unsupported"


class Severity(StrEnum):
    """A broken MUST fails a run, a broken SHOULD warns."""

    MUST = "must"
    SHOULD = "should"


class Status(StrEnum):
    """The answer to one check."""

    OK = "ok"
    BROKEN = "broken"


ClientLeft: TypeAlias = Literal["eof", "reset"]
"""How a client left a connection: an orderly end, or a reset (which is also what a close with unread bytes sends)."""


@dataclass(slots=True)
class Played:
    """One operation as it was carried out."""

    t: float  # when it took effect
    op: int  # its index in the plan
    end: int = 0  # bytes written in this attempt so far, this operation's included
    taken: bool = True  # the kernel took all of them at once
    read: bool | None = None  # the client's program had read them by the end; None where nobody can tell


@dataclass(slots=True)
class AttemptLog:
    """One request of the client, or one connection that a door fault used up, and what it met."""

    number: int
    conn: int
    t: float  # the request was complete (or the door acted)
    plan: Plan
    method: str = ""
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()  # secrets and addresses replaced
    body_sha256: str = ""
    body_bytes: int = 0
    kind: str = ""  # what the dialect made of it: stream | resume | continue | whole | gone | door | unknown
    played: list[Played] = field(default_factory=list)
    consumed: int | None = None  # bytes of this attempt that the client's program is known to have read
    consumed_by: Literal["sock_diag", "pause", "unknown"] = "unknown"
    left: ClientLeft | None = None  # the client left while this attempt was being served or after it
    left_t: float | None = None
    done_t: float | None = None  # the last operation was carried out
    evidence: str = ""  # for door faults: how it is known that a client met the door


@dataclass(slots=True)
class ConnectionLog:
    """One accepted connection."""

    number: int
    t: float
    closed_t: float | None = None
    closed_by: Literal["client", "server"] | None = None
    how: Literal["eof", "reset", "fin", "drill-end"] | None = None
    late_bytes: int = 0  # came after the server's half was closed, or were more than one request ahead
    note: str = ""  # what was wrong with what the client sent


@dataclass(slots=True)
class WireJournal:
    """What the server saw and did."""

    connections: list[ConnectionLog] = field(default_factory=list)
    attempts: list[AttemptLog] = field(default_factory=list)


TokenKind: TypeAlias = Literal["text", "retry", "restart", "error", "done", "unsupported"]


@dataclass(slots=True)
class TokenEntry:
    """One thing that the client gave its application."""

    n: int  # from 1, in order of arrival
    t: float
    kind: TokenKind
    text: str = ""  # the piece of text, the reason of a retry, the error's message
    error_class: str = ""


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


@dataclass(slots=True)
class Recovery:
    """How long the application waited for new text after the worst fault, and where the time went."""

    total_s: float | None = None
    detect_s: float | None = None
    wait_s: float | None = None
    connect_s: float | None = None
    first_token_s: float | None = None


@dataclass(slots=True)
class RetryAfter:
    """The longest wait that an answer asked for, and how long the client really waited."""

    asked_s: float | None = None
    waited_s: float | None = None


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
    requests: int = 0
    retries: int = 0
    recovered_by: Literal["resumed", "continued", "restarted", "held-back", "retried"] | None = None
    withdrawn: int = 0
    duplicates: int = 0
    lost: int = 0
    reordered: int = 0
    corrupted: int = 0
    spliced: int = 0
    wasted_tokens: int = 0
    recovery: Recovery = field(default_factory=Recovery)
    retry_after: RetryAfter = field(default_factory=RetryAfter)
    gaps_s: list[float] = field(default_factory=list)
    ttft_s: float | None = None
    longest_silence_s: float | None = None
    elapsed_s: float = 0.0
    wall_s: float = 0.0
    error: ErrorSeen | None = None
    notes: list[str] = field(default_factory=list)
    repeat: int = 0
    wire: WireJournal = field(default_factory=WireJournal)
    tokens: TokenJournal = field(default_factory=TokenJournal)


@dataclass(slots=True)
class RecordFile:
    """What ``--json`` writes: the versions of everything that took part, and the runs."""

    versions: dict[str, str]
    runs: list[Record]
    schema: int = SCHEMA
    meta: dict[str, Any] = field(default_factory=dict)
