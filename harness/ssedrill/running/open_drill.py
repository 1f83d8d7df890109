"""A run's server and what its client is told, from the first moment to the last, whoever runs the client."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from ssedrill.clock.clock import Clock
from ssedrill.clock.python.overrides import PATCHES
from ssedrill.dialects import find_dialect
from ssedrill.dialects.call import PROMPT, prompt_of
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import SessionTarget, Target
from ssedrill.judging.checks import wanted
from ssedrill.model.scenario import Scenario
from ssedrill.model.secrets.known import Secrets
from ssedrill.planning.call_planner import CallPlanner
from ssedrill.planning.planner import Planner
from ssedrill.running.job import Job
from ssedrill.running.seen import RunCopy
from ssedrill.server.app import DrillServer
from ssedrill.server.kernel.kernel_consumption import best_consumption
from ssedrill.server.kernel.peer import PeerWitness
from ssedrill.server.kernel.refusal import RefusalWitness, exclusive
from ssedrill.server.listener import reserve
from ssedrill.server.turnstile import Turnstile
from ssedrill_faults.fault import DoorFault
from ssedrill_faults.plan import Door, Refuse

RUN_BYTES = 8
"""How much chance there is in the segment of a run's address; it is twice as many characters long."""

SETTLE_S = 0.03
"""How long the server goes on listening after the client has ended, to see how the client leaves."""


@dataclass(frozen=True)
class Elsewhere:
    """What is true of a client that runs anywhere, of which nothing is known but what comes over the wire.

    Whoever connects is taken for it. ``any_host`` is as in RunAddress; ``second`` binds the port of the server's
    other address, if the scenario has one. ``turnstile`` is shared by all runs that are served on this loop.
    """

    any_host: bool = False
    second: Callable[[], socket.socket] = reserve
    turnstile: Turnstile | None = None


class OpenDrill:
    """The server of one run, which listens from the start. Made and used on the loop of the clock of the run.

    ``segment`` stands in front of every path of the run, so that nobody else's request is taken for the client's. A
    ``copy`` is told of the journals while they are written. ``port`` is as in DrillServer; ``elsewhere`` says that
    the client is none that was started from here.
    """

    def __init__(
        self,
        job: Job,
        clock: Clock,
        segment: str,
        secrets: Secrets,
        copy: RunCopy | None = None,
        port: int | socket.socket = 0,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        scenario = job.scenario
        self._job = job
        self._clock = clock
        self._segment = segment
        self._secrets = secrets
        self._copy = copy
        self._dialect = find_dialect(job.dialect)
        self._started = clock.now()
        several = CallPlanner(scenario, self._dialect, job.seed) if scenario.calls else None
        planner = several or Planner(scenario, self._dialect, job.seed)
        self._consumption = clock.consumption(best_consumption())
        self._groups: set[int] = set()
        whose = PeerWitness(segment, lambda: self._groups).whose
        second = scenario.server.fallback or "other_origin" in planner.places
        self.server = DrillServer(
            planner=planner,
            door_for=planner.door if doors(scenario) else None,
            named=None if several is None else several.named,
            max_requests=scenario.max_requests,
            started=self._started,
            epoch=clock.epoch,
            consumption=self._consumption,
            witness=partial(RefusalWitness, programs=clock.connects, kernel=_counts_failed_connects(job, clock)),
            run=segment,
            whose=whose if elsewhere is None else lambda ends: "client",
            secrets=secrets,
            copy=copy,
            second=second if elsewhere is None or not second else elsewhere.second(),
            any_host=elsewhere is not None and elsewhere.any_host,
            keep_alive_s=scenario.server.keep_alive_s,
            turnstile=None if elsewhere is None else elsewhere.turnstile,
            port=port,
        )
        self.server.start()
        if copy is not None:
            copy.at(segment, self.server.address.port)
        self._wants = wanted(scenario)
        address = self.server.address
        self.url = self._dialect.ask.url(address.origin + address.path)
        """Where the dialect's clients are pointed, as they are told it."""
        has_fallback = scenario.server.fallback
        self.fallback_url = self._dialect.ask.url(address.other_origin + address.path) if has_fallback else ""
        """Where they are to turn when that fails; empty if the scenario has no such place."""

    def t(self) -> float:
        """Return the seconds since the run began; from any thread."""
        return self._clock.now() - self._started

    def target(self, call: int) -> Target:
        """Return what the client is told of a call, and by which it tells what it has shown in it."""
        scenario, several = self._job.scenario, self._job.scenario.call_count > 1
        sink = Sink(
            self.t,
            self._segment,
            self.server.address.port,
            self._secrets,
            copy=self._copy,
            call=call,
            keeps_bases="error_class" in self._wants,
        )
        return Target(
            url=self._of_call(self.url, call),
            dialect=self._job.dialect,
            scenario=scenario.name,
            patience_s=scenario.patience_s,
            deadline_s=scenario.deadline_s,
            sink=sink,
            prompt=prompt_of(call) if several else PROMPT,
            seed=self._job.seed,
            wants=self._wants,
            groups=self._groups,
            call=call,
            calls=scenario.call_count,
            fallback_url=self._of_call(self.fallback_url, call),
        )

    def session(self, only: Target) -> SessionTarget:
        """Return what is true of every call; what is said of none goes to the sink of ``only``."""
        return replace(only.session(), url=self.url, fallback_url=self.fallback_url)

    async def close(self) -> None:
        """Close everything; the server's journal is complete then. Raises what the harness itself did wrong."""
        await self.server.stop()
        self._consumption.close()

    def _of_call(self, place: str, call: int) -> str:
        several = place and self._job.scenario.call_count > 1
        return self._dialect.ask.url_of_call(place, call) if several else place


def new_segment() -> str:
    """Return a segment that nobody can guess; its randomness is never the seeded one of a client."""
    chance: bytes = PATCHES.original("os.urandom")(RUN_BYTES)
    return chance.hex()


@contextmanager
def kept_apart(job: Job, clock: Clock, on_wait: Callable[[], object]) -> Iterator[None]:
    """Keep a run from all others on this machine by which it might be misled; ``on_wait`` as in ``exclusive``."""
    if not shuts_the_door(job.scenario):
        yield
        return
    with exclusive(counting=_counts_failed_connects(job, clock), on_wait=on_wait):
        yield


def shuts_the_door(scenario: Scenario) -> bool:
    """Tell whether nobody listens for a time, so that what tries to connect is seen by nobody."""
    return any(isinstance(door, Refuse) for door in doors(scenario))


def doors(scenario: Scenario) -> list[Door]:
    """Return the doors that the faults of a scenario make."""
    faults = (fault for rule in scenario.all_attempts for fault in rule.faults)
    return [fault.door() for fault in faults if isinstance(fault, DoorFault)]


def _counts_failed_connects(job: Job, clock: Clock) -> bool:
    """Tell whether nothing but the kernel's count for the whole machine may say that the client has connected.

    A client in this process is seen by the interpreter, but for what it has that is written in C.
    """
    return clock.connects is None or job.client.driver.connects_in_process
