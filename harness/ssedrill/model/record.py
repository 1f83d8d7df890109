"""Everything about one run, as plain data: both journals, the numbers, the verdicts.

Reports only read records. All times are seconds since the run began on the run's clock, rounded to the microsecond;
``wall_s`` alone is real time. Nothing here names a port, an address or a process, so that two runs which did the
same say the same; what a client has ``printed`` is as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ssedrill.model.baselined import Baselined, Standing
from ssedrill.model.numbers import Numbers
from ssedrill.model.scenario_facts import ScenarioFacts
from ssedrill.model.token_journal import TokenJournal, last_line
from ssedrill.model.token_runs import TokenRun
from ssedrill.model.wire_journal import WireJournal

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
    CANCELLED = "cancelled"
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
        return _BEST_FIRST[self]

    @property
    def is_tested(self) -> bool:
        """The client was put to the test, and something was found out."""
        return self not in (Outcome.UNSUPPORTED, Outcome.NOT_TESTED)


_BEST_FIRST = {outcome: place for place, outcome in enumerate(Outcome)}  # looked up for every run of a report


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
    KNOWN = "known"  # in reports only: it fails, as a baseline says that it does
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


_MILDEST_FIRST = (
    Verdict.UNSUPPORTED, Verdict.PASS, Verdict.WARN, Verdict.KNOWN, Verdict.NOT_TESTED, Verdict.FAIL
)  # fmt: skip


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
class CancelNumbers:
    """What came of telling a call to stop. None: the run has no such value."""

    over_s: float | None = None  # until the call was over
    closed_s: float | None = None  # until the connection of the answer under way was closed by the client
    left_open: int = 0  # connections with an answer under way that the client never closed
    tokens_after: int = 0  # written after it
    shown_after: int = 0  # characters that the application was shown after it
    requests_after: int = 0  # made after it


@dataclass(slots=True)
class CallRecord:
    """One of the several calls of a run."""

    number: int
    group: int
    outcome: Outcome
    claim: Claim
    verdict: Verdict
    summary: str
    began_t: float
    ended_t: float | None
    checks: list[Check] = field(default_factory=list)
    recovered_by: RecoveredBy | None = None
    numbers: Numbers = field(default_factory=Numbers)
    error: ErrorSeen | None = None
    cancelled_t: float | None = None
    cancel: CancelNumbers | None = None
    shown: list[TokenRun] = field(default_factory=list)
    tokens: TokenJournal = field(default_factory=TokenJournal)


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
    spec: str = ""  # what the client was given as, if it was given another name
    printed: str = ""  # the end of what was printed meanwhile in the client's process, to either standard stream
    shown: list[TokenRun] = field(default_factory=list)  # every token that the ledger knows of, with its marks
    wire: WireJournal = field(default_factory=WireJournal)
    tokens: TokenJournal = field(default_factory=TokenJournal)
    calls: list[CallRecord] = field(default_factory=list)  # none if the scenario does not speak of calls

    @property
    def last_words(self) -> str:
        """The last that the client's program, or its process, printed; empty if it printed nothing."""
        return self.tokens.last_words or last_line(self.printed)

    def of_call(self, call: CallRecord, wire: WireJournal | None = None) -> Record:
        """Return what of the run is one call's, as if it were a run; ``wire`` is that of the call, if it is known."""
        return replace(
            self,
            outcome=call.outcome,
            claim=call.claim,
            verdict=call.verdict,
            summary=call.summary,
            checks=call.checks,
            recovered_by=call.recovered_by,
            numbers=call.numbers,
            error=call.error,
            notes=[],
            printed="",
            shown=call.shown,
            wire=self.wire.of_call(call.number) if wire is None else wire,
            tokens=call.tokens,
            calls=[],
        )


@dataclass(slots=True)
class Repeats:
    """What the repeats of a run say together, of what one run can't."""

    scenario: str
    client: str
    dialect: str
    runs: int
    checks: list[Check]

    @property
    def verdict(self) -> Verdict:
        """The worst of its checks; a MUST that too few runs could answer proves nothing."""
        verdicts = [check.verdict for check in self.checks if check.verdict is not None]
        return max(verdicts, key=lambda verdict: verdict.badness, default=Verdict.PASS)


@dataclass(slots=True)
class RecordFile:
    """What ``--json`` writes: the versions of everything that took part, and the runs."""

    versions: dict[str, str]
    runs: list[Record]
    schema: int = SCHEMA
    meta: dict[str, Any] = field(default_factory=dict)
    planned: int = 0  # so many runs there were to be, if it is known
    repeats: list[Repeats] = field(default_factory=list)
    scenarios: list[ScenarioFacts] = field(default_factory=list)  # as far as they are known
    price: float | None = None  # money for a million output tokens, in whatever currency the user thinks
    baseline: list[Baselined] = field(default_factory=list)  # what one says of the runs, if there was one

    @property
    def known(self) -> dict[tuple[str, str, str], list[Baselined]]:
        """The entries of the drills whose failures are all known, by scenario, client and dialect."""
        found: dict[tuple[str, str, str], list[Baselined]] = {}
        for one in self.baseline:
            if one.standing is Standing.KNOWN:
                found.setdefault((one.scenario, one.client, one.dialect), []).append(one)
        return found

    @property
    def went_wrong(self) -> bool:
        """Something failed that is not known, or an entry of the baseline does not hold any more."""
        known, drills = self.known, list[Record | Repeats]([*self.runs, *self.repeats])
        return any(one.standing.bad for one in self.baseline) or any(
            one.verdict.bad and (one.scenario, one.client, one.dialect) not in known for one in drills
        )

    @property
    def interrupted(self) -> bool:
        """There were to be more runs than there are."""
        return self.planned > len(self.runs)
