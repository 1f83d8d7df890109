"""The calls of a run: when each begins, when it is told to stop, and when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from ssedrill.clock.clock import Clock
from ssedrill.drivers.driver import Driver, MakeCall
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import SessionTarget, Target
from ssedrill.model.call_log import CallLog
from ssedrill.model.cancel import Cancel
from ssedrill.model.journal_copy import JournalCopy
from ssedrill.model.scenario import CallGroup, Flavour, Scenario
from ssedrill.model.token_journal import BY_THE_CLOCK
from ssedrill.model.tokens import find_tokens
from ssedrill.server.app import DrillServer
from ssedrill.server.event_watch import EventWatch

SETTLE_S = 0.1
"""How long a program may take to close what it has said to be over."""
JUST_BEHIND_S = 1e-6
"""So much behind its moment a call is told to stop: what the client does of its own at that moment it has done by
then, and what it does because of it comes later."""
TAIL_CHARS = 200
"""A token is never longer than this."""


@dataclass
class Calls:
    """Makes the calls of a scenario over one session of its client, and keeps what was seen of each.

    ``session`` is what is true of every call. ``target_for`` makes the target of one; its sink hears the call alone.
    ``copy`` is told of each call when it begins and when it is over.
    """

    scenario: Scenario
    server: DrillServer
    driver: Driver
    clock: Clock
    session: SessionTarget
    target_for: Callable[[int], Target]
    copy: JournalCopy | None = None
    logs: list[CallLog] = field(default_factory=list)
    stuck: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _open: dict[int, Target] = field(default_factory=dict)

    @property
    def open(self) -> Iterable[Target]:
        """The targets of the calls that are open when one looks."""
        return self._open.values()

    async def run(self) -> None:
        """Make all calls, group by group; cancelling ends those that are open, and begins no other."""
        self.server.on_looping(self._loops)
        try:
            if self.scenario.call_count == 1:
                await self._groups(partial(self.driver.run, clock=self.clock))
            else:
                async with self.driver.session(self.session, self.clock) as make:
                    await self._groups(make)
                    if not self.driver.connects_in_process:  # its end closes all that it has, whatever it does
                        await self.server.look_at_held(SETTLE_S)
        finally:
            self.logs.sort(key=lambda log: log.number)

    async def _groups(self, make: MakeCall) -> None:
        begun: list[asyncio.Task[None]] = []  # of the groups so far
        try:
            for number, (group, first) in enumerate(_firsts(self.scenario.calls), start=1):
                if group.start == "after-previous" and begun:
                    await asyncio.wait(begun)
                    _raise_first(begun)
                if group.wait_s:
                    await asyncio.sleep(group.wait_s)
                begun += [self._begin(make, call, number, group.cancel) for call in range(first, first + group.count)]
            await asyncio.wait(begun)
            _raise_first(begun)
        finally:
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(set(self._tasks))

    def _begin(self, make: MakeCall, number: int, group: int, cancel: Cancel | None) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._call(make, number, group, cancel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _call(self, make: MakeCall, number: int, group: int, cancel: Cancel | None) -> None:
        target = self.target_for(number)
        sink = target.sink
        log = CallLog(number, group, self.server.t(), tokens=sink.journal)
        self.logs.append(log)
        self._open[number] = target
        self._tell(log)
        self.server.begin_call(number)
        timer = self._arm(cancel, number, sink)
        try:
            await make(target)
            log.ended_t = self.server.t()
        finally:
            if timer is not None:
                timer.cancel()
            sink.close()
            log.cancelled_t = sink.cancelled_t
            self.stuck = self.stuck or sink.stuck
            self.server.event_watches.pop(number, None)
            self.server.end_call(number)
            del self._open[number]
            self._tell(log)

    def _tell(self, log: CallLog) -> None:
        if self.copy is not None:
            self.copy.called(log)

    def _arm(self, cancel: Cancel | None, number: int, sink: Sink) -> asyncio.TimerHandle | None:
        """See to it that the application stops reading when the scenario says so."""
        if cancel is None:
            return None
        if cancel.at_s is not None:
            return asyncio.get_running_loop().call_later(cancel.at_s + JUST_BEHIND_S, sink.cancel, BY_THE_CLOCK)
        if cancel.after_token is not None:
            sink.stops_at = _Until(cancel.after_token, self.scenario.stream.text)
        if cancel.after_event is not None:
            self.server.event_watches[number] = EventWatch(cancel.after_event, sink.cancel)
        return None

    def _loops(self, number: int) -> None:
        """End a call that has made too many requests."""
        if number in self._open:
            self._open[number].sink.stop()
            self._open[number].sink.switch.pull()
        else:
            self.server.looping.set()


class _Until:
    """Tells when a token has been shown."""

    def __init__(self, number: int, flavour: Flavour) -> None:
        self._number = number
        self._flavour = flavour
        self._tail = ""

    def __call__(self, text: str) -> bool:
        """Take a piece of text; tell whether the token, or a later one, is shown with it."""
        self._tail += text
        found = find_tokens(self._tail, self._flavour, raw=True)
        reached = any(seen.whole and seen.number >= self._number for seen in found)
        self._tail = self._tail[-TAIL_CHARS:]
        return reached


def _firsts(groups: tuple[CallGroup, ...]) -> Iterator[tuple[CallGroup, int]]:
    """Give each group with the number of its first call."""
    first = 1
    for group in groups:
        yield group, first
        first += group.count


def _raise_first(tasks: list[asyncio.Task[None]]) -> None:
    """Raise what the harness itself did wrong in a call, or what its clock found out about the client."""
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()
