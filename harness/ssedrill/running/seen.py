"""What became of a job, before anybody has judged it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from ssedrill.model.call_log import CallLog
from ssedrill.model.journal_copy import JournalCopy
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.token_journal import TokenJournal
from ssedrill.model.wire_journal import WireJournal


@dataclass(slots=True)
class Seen:
    """What was seen of a run: its journals, and when it ended on its clock."""

    clock: str
    wire: WireJournal
    tokens: TokenJournal
    ended_t: float
    wall_s: float
    why_real: str | None = None  # why it needed the real clock, if a virtual one was wished for
    remarks: tuple[str, ...] = ()
    harm: str = ""  # what the client has done to the process that it ran in
    calls: list[CallLog] | None = None  # those of a scenario that speaks of calls: then they have the tokens
    printed: str = ""  # the end of what was printed in the process that it ran in; known to who started that
    secrets: Secrets = field(default_factory=Secrets, compare=False)  # the run's, which its journals still hold
    began_t: float = 0.0  # when the only call of the run began, if that was not when the run did


@dataclass(frozen=True, slots=True)
class NotRun:
    """The job was not begun, and why."""

    why: str
    unsupported: bool = False  # the client can't do what the scenario asks for


@dataclass(frozen=True)
class SoFar:
    """What has come of a job before it is handed to another process."""

    why_real: str | None = None
    """Why it needs the real clock, if it does."""
    tried_again: int = 0
    """How many runs on the virtual clock it has had after the first, as the machine may have been at fault in it."""


NOTHING_YET = SoFar()


@dataclass(frozen=True, slots=True)
class NeedsOtherProcess:
    """This process can't do the job; ``so_far`` is what was found out about it."""

    so_far: SoFar


Found: TypeAlias = Seen | NotRun | NeedsOtherProcess


class RunCopy(JournalCopy, Protocol):
    """A copy of the journals of a process's runs, one after the other."""

    def begin(self, clock: str, why_real: str | None) -> None:
        """A run begins: what was copied before says nothing any more."""

    def at(self, segment: str, port: int) -> None:
        """The run's address, which no journal may hold."""
