"""A client that somebody else runs, and tells of: a test under pytest, or whoever has been given an address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ssedrill.clock.clock import Clock
from ssedrill.dialects import ALL
from ssedrill.drivers.driver import Availability, Client, DriverKind, MakeCall
from ssedrill.drivers.target import SessionTarget, Target
from ssedrill.model.abilities import Ability

PYTEST = "pytest:"
"""How the spec begins of a client that a test drives; the rest is the test's node id."""


class ByHand:
    """Runs nothing. What the client shows, and how it ends, is told to the sinks of its calls.

    ``in_process`` says whether the client connects from this process; else it may be anywhere on this machine.
    """

    def __init__(self, *, in_process: bool) -> None:
        self._in_process = in_process

    @property
    def kind(self) -> DriverKind:
        """What the client is run as, by others."""
        return "in-process" if self._in_process else "service"

    @property
    def connects_in_process(self) -> bool:
        """As was said."""
        return self._in_process

    @property
    def doubt_if_unsupported(self) -> str:
        """Nothing: who drives it knows."""
        return ""

    def module(self) -> str:
        """From no module that is known here."""
        return ""

    def probe(self) -> Availability:
        """Nothing is loaded: who drives it has it."""
        return Availability(True)

    def recall(self, found: Availability) -> None:
        """Nothing: there is nothing to find."""

    def why_not_virtual(self) -> str | None:
        """Say why it can't live on a virtual clock, if it is in another process."""
        return None if self._in_process else "whoever drives the client lives in real time"

    @property
    def makes_calls(self) -> bool:
        """Who drives it begins as many calls as the scenario has."""
        return True

    @property
    def cancels_calls(self) -> bool:
        """Nobody here can tell it to stop."""
        return False

    async def run(self, target: Target, clock: Clock) -> None:
        """Hear what is told of a call until its deadline; who is told of its end earlier cancels this."""
        await asyncio.sleep(target.deadline_s)
        target.sink.stop()

    @asynccontextmanager
    async def session(self, target: SessionTarget, clock: Clock) -> AsyncIterator[MakeCall]:
        """See Driver."""
        yield lambda one: self.run(one, clock)


def driven_by_hand(name: str, *, in_process: bool, spec: str = "") -> Client:
    """Return the client of such a run; all that a client can tell may be told of it. ``spec`` is as in Client."""
    can = frozenset(Ability) - {Ability.CANCEL}
    return Client(name, ByHand(in_process=in_process), ALL, "driven by hand", frozenset(map(str, can)), spec=spec)
