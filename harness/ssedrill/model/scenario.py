"""A scenario, typed: the stream, what each attempt meets, what must and should come of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from ssedrill.model.cancel import Cancel
from ssedrill.model.record import Outcome, Severity
from ssedrill.model.scenario_facts import ScenarioFacts
from ssedrill.model.when import When
from ssedrill_faults.fault import Fault
from ssedrill_faults.plan import Framing, Persistence


class Regenerate(StrEnum):
    """What a client that starts over is given."""

    SAME = "same"  # the same text, as a replay or a seeded model would
    FRESH = "fresh"  # another text, as a real model gives


class Flavour(StrEnum):
    """What the tokens are made of."""

    ASCII = "ascii"
    THAI = "thai"
    EMOJI = "emoji"
    HOSTILE = "hostile"  # quotes, backslashes, line separators: everything that JSON or SSE might trip over


@dataclass(frozen=True, slots=True)
class Stream:
    """The healthy stream that faults are applied to."""

    tokens: int = 40
    """So many tokens are the whole answer."""
    every_s: float = 0.005
    """The pause before each of them."""
    regenerate: Regenerate = Regenerate.FRESH
    """What a client that starts over is given: another text, as a real model gives, or the same one."""
    text: Flavour = Flavour.ASCII
    """What the tokens are made of; "hostile" has quotes, backslashes and line separators."""
    line_end: Literal["lf", "crlf"] = "lf"
    """What ends the lines of the events."""
    framing: Framing = Framing.CHUNKED
    """How HTTP marks the end of the body: in chunks, by Content-Length, or by the end of the connection."""
    persistence: Persistence = Persistence.KEEP_ALIVE
    """What the Connection header says, and what comes of the connection behind an answer."""
    ping_every: int | None = None
    """A ping before every so manieth token; left out: none."""
    retry_s: float | None = None
    """The stream's ``retry:`` field, in dialects that have ids; left out: none."""


_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[a-z0-9.-]+(?::[0-9]{1,5})?|[a-z]+://\[[0-9a-f:.]+\](?::[0-9]{1,5})?|null")


@dataclass(frozen=True, slots=True)
class Server:
    """How the server is set up, whatever an attempt meets."""

    keep_alive_s: float | None = None
    """It closes a connection that has been idle for so long; left out: never."""
    fallback: bool = False
    """It listens at a second address, which the client is given as one to fall back to."""
    origins: tuple[str, ...] = ()
    """Pages of these origins may ask from a browser, and read the answer."""

    def __post_init__(self) -> None:
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"origins has {origin[:100]!r}, which no browser sends: write scheme, host and port in"
                    ' lower case, as in "http://localhost:5173"'
                )


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one request meets; the scenario's last attempt holds for all later ones."""

    faults: tuple[Fault, ...] = ()
    """What the answer is broken by; none: it is healthy."""
    when: When | None = None
    """For which requests it is; others pass it over, and it is kept for the next."""

    @property
    def is_for_whole(self) -> bool:
        """Whether it is for requests without streaming only."""
        return self.when is not None and self.when.kind == "whole"


class Unit(StrEnum):
    """How an expectation's bound is written."""

    OUTCOMES = "outcomes"  # a list of outcomes
    COUNT = "count"  # a comparison with a whole number: "<= 4"
    DURATION = "duration"  # a comparison with a duration: "<= 2 s"
    NAMES = "names"  # a list of names
    WORD = "word"  # one of the check's own words
    KEPT = "kept"  # the word "kept"


OUTCOME = "outcome"
"""The id of the check that is asked of every run; the others are known to the table of checks alone."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A bound on a number, such as ``<= 4`` or ``>= 0.5 s``."""

    op: Literal["<=", ">=", "==", "<", ">"]
    value: float
    written: str  # as it stands in the file, for messages

    def holds(self, number: float) -> bool:
        """Tell whether the number keeps the bound."""
        match self.op:
            case "<=":
                return number <= self.value
            case ">=":
                return number >= self.value
            case "<":
                return number < self.value
            case ">":
                return number > self.value
            case "==":
                return number == self.value


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line under ``[must]`` or ``[should]``."""

    key: str  # the id of a check
    severity: Severity
    bound: Comparison | tuple[Outcome, ...] | tuple[str, ...] | str

    @property
    def written(self) -> str:
        """The bound as people read it."""
        match self.bound:
            case Comparison(written=written):
                return written
            case tuple(names):
                return " or ".join(names)
            case word:
                return word

    @property
    def of_run(self) -> bool:
        """It is asked of the whole run, and not of each of its calls."""
        return self.key.startswith(RUN_PREFIX)


RUN_PREFIX = "run_"
"""What the ids of those checks begin with that are asked of a whole run."""


@dataclass(frozen=True, slots=True)
class CallGroup:
    """Calls that begin together, over the one session that the client has for all calls of a run."""

    count: int = 1
    """So many calls begin at once."""
    start: Literal["after-previous", "with-previous"] = "after-previous"
    """Whether the group begins when the one before it is over, or together with it."""
    wait_s: float = 0.0
    """And so long after that."""
    cancel: Cancel | None = None
    """When each of its calls is told to stop; left out: never."""
    attempts: tuple[Attempt, ...] = ()
    """What its requests meet; none: what the scenario says."""
    expectations: tuple[Expectation, ...] = ()
    """What must and should come of it; none: what the scenario says."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One drill, as its file says."""

    name: str
    """What it is called, as its file is: lower case, with hyphens."""
    about: str
    """What happens, in a sentence or two."""
    dialects: tuple[str, ...]
    """The dialects that it is for, or "all"."""
    stream: Stream
    attempts: tuple[Attempt, ...]
    expectations: tuple[Expectation, ...]
    patience_s: float = 2.0
    """How long the application waits for the next byte; clients are told, and silences are measured against it."""
    deadline_s: float = 30.0
    """How long the application waits for the whole answer; then the client is stopped."""
    max_requests: int = 20
    """More than so many requests, and the client is looping."""
    why: str = ""
    """What goes wrong in production, and what a good client does: why the expectations are what they are."""
    seen_in: tuple[str, ...] = ()
    """Public threads in which it was reported, as "owner/repository#number"."""
    family: str = ""  # the folder it lies in
    source: str = field(default="", compare=False)  # the file it was read from
    server: Server = Server()
    covers: tuple[str, ...] = ()
    """The failures of production that it stands for, beside the one of its own name."""
    tags: tuple[str, ...] = ()
    """By which it can be chosen."""
    calls: tuple[CallGroup, ...] = ()  # none: there is one call, and a record does not speak of calls

    @property
    def facts(self) -> ScenarioFacts:
        """What it says of itself."""
        return ScenarioFacts(self.name, self.family, self.about, self.why, self.covers, self.seen_in)

    @property
    def call_count(self) -> int:
        """How many calls there are."""
        return sum(group.count for group in self.calls) or 1

    def group_of(self, call: int) -> int:
        """Return the number of the group of a call; both count from 1."""
        for number, group in enumerate(self.calls, start=1):
            if call <= group.count:
                return number
            call -= group.count
        return 1

    def for_call(self, call: int) -> Scenario:
        """Return the scenario as one of its calls meets it, and is judged by it: one call, and nothing of the run."""
        return self.of_group(self.calls[self.group_of(call) - 1] if self.calls else CallGroup())

    def of_group(self, group: CallGroup) -> Scenario:
        """Return the scenario as a call of a group meets it."""
        asked = group.expectations or self.expectations
        return replace(
            self,
            attempts=group.attempts or self.attempts,
            expectations=tuple(one for one in asked if not one.of_run),
            calls=(),
        )

    @property
    def longest_s(self) -> float:
        """How long a run may take, if each call takes all of its time."""
        return sum(group.wait_s + self.deadline_s for group in self.calls) or self.deadline_s

    @property
    def overlaps(self) -> bool:
        """Several calls may be open at the same time."""
        return any(group.count > 1 or group.start == "with-previous" for group in self.calls)

    @property
    def all_attempts(self) -> tuple[Attempt, ...]:
        """The attempts of all calls; a client of one of them may meet them."""
        own = tuple(attempt for group in self.calls for attempt in group.attempts)
        shared = not self.calls or any(not group.attempts for group in self.calls)
        return (*(self.attempts if shared else ()), *own)

    @property
    def all_expectations(self) -> tuple[Expectation, ...]:
        """What is asked of any call, or of the run."""
        return (*self.expectations, *(one for group in self.calls for one in group.expectations))

    @property
    def places(self) -> frozenset[str]:
        """The placeholders in the text of its faults."""
        return frozenset(name for attempt in self.all_attempts for fault in attempt.faults for name in fault.places)

    @property
    def by_number(self) -> int:
        """How many of the first requests meet the attempts one by one, whatever they are."""
        first = next((i for i, attempt in enumerate(self.attempts) if attempt.when is not None), None)
        return len(self.attempts) if first is None else first

    def attempt(self, number: int) -> Attempt:
        """Return what request number ``number`` (from 1) meets, if no ``when`` decides."""
        return self.attempts[min(number, len(self.attempts)) - 1]
