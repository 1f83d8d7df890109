"""What runs a client under test, and the client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from ssedrill.clock.clock import Clock
from ssedrill.dialects import ALL, DIALECTS
from ssedrill.drivers.target import SessionTarget, Target

__all__ = ["Availability", "Client", "Driver", "DriverKind", "Speaks", "Target"]  # who writes a driver needs both

DriverKind: TypeAlias = Literal["in-process", "program", "browser", "service"]

MakeCall: TypeAlias = Callable[[Target], Awaitable[None]]

Speaks: TypeAlias = tuple[str, ...] | Literal["all"]
"""The names of the dialects that a client speaks, or all that there are."""


@dataclass(frozen=True)
class Availability:
    """Whether a client can be run on this machine, and what it is."""

    available: bool
    version: str = ""
    why: str = ""  # if it is not available: what is missing and how to get it
    answers_127: bool | None = None  # a program says "unsupported" by its exit code; None: nobody has asked it
    can: tuple[str, ...] | None = None  # what a program says in its first line that it can; None: nothing


class Driver(Protocol):
    """Runs one client once.

    ``run`` returns when the client has ended, or when it was stopped because it was cancelled at the deadline; it
    never raises for what a client does. The claim is in the sink: a ``done`` or an ``error`` entry, or neither.
    At the deadline the sink is closed before the client is stopped, so that an error which the stopping itself
    causes is not taken for the client's own. Cancelling ``run`` stops the client in the same way.
    """

    @property
    def kind(self) -> DriverKind:
        """What the client is run as."""

    @property
    def connects_in_process(self) -> bool:
        """Whether the client connects from this process, so that the process's audit hook sees it."""

    @property
    def doubt_if_unsupported(self) -> str:
        """What may be wrong with a client that supports nothing at all, as a question; empty if nothing may be."""

    def module(self) -> str:
        """Return the name of the module of this process that the client is from, imported now at the latest.

        What a module does when it is imported is not part of a run. Empty if the client is from no module.
        """

    def probe(self) -> Availability:
        """Load what can be loaded ahead of the run and say whether the client can be run at all."""

    def recall(self, found: Availability) -> None:
        """Take note of what a probe in another process has found."""

    def why_not_virtual(self) -> str | None:
        """Say why this client can't live on a virtual clock, or return None if nothing speaks against it."""

    async def run(self, target: Target, clock: Clock) -> None:
        """Run the client against the target until it ends or ``target.deadline_s`` have passed."""

    @property
    def makes_calls(self) -> bool:
        """Whether the client can make several calls over one session; may import it, or start it to ask."""

    @property
    def cancels_calls(self) -> bool:
        """Whether one of several calls can be called off."""

    def session(self, target: SessionTarget, clock: Clock) -> AbstractAsyncContextManager[MakeCall]:
        """Open the one session of a run with several calls; what comes of it makes a call, as ``run`` does.

        A call ends when the client has ended it, at its deadline, or when its ``target.switch`` is pulled and the
        client has stopped. Calls may be under way at the same time.
        """


@dataclass(frozen=True)
class Imported:
    """A function that any environment can import which has its library: ``module:function`` of ssedrill's own."""

    function: str
    distribution: str  # the package of the library, whose version is the client's


@dataclass(frozen=True)
class Client:
    """A client under test: what it is called, which dialects it speaks, and what runs it.

    ``spec`` is what was typed for it, without secrets, if that is not its name.
    """

    name: str
    driver: Driver
    speaks: Speaks
    description: str = ""
    can: frozenset[str] = frozenset()  # what it can besides text, as far as that is known (model/abilities.py)
    can_more: bool = False  # it may say at its start what else it can
    imported: bool = True  # else what it speaks, and its description, are known only once its function has been
    secrets: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    """What its name would tell, with the numbers that stand there instead."""
    spec: str = ""
    movable: Imported | None = None  # it can be run under another environment's Python

    @property
    def dialects(self) -> tuple[str, ...]:
        """The dialects that it speaks; "all" means those that there are when it is asked."""
        return tuple(DIALECTS) if self.speaks == ALL else self.speaks

    @property
    def kind(self) -> DriverKind:
        """What the client is run as."""
        return self.driver.kind
